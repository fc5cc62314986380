"""The published rules (DESIGN.md section 5), one by one."""

from datetime import UTC, datetime

import pytest

from tests.unit.consent.build import actor, consent, judge, reader, row, rule, sees

BOB = reader("h1", practitioner="Practitioner/bob")
MALLORY = reader("h2")
PERMIT = rule("permit", purposes=("TREAT",))


def test_without_a_consent_the_custodian_sees_its_rows_and_nobody_else() -> None:
    assert sees(by=BOB, of=row())
    assert not sees(by=MALLORY, of=row())


def test_the_custodian_rule_can_be_switched_off() -> None:
    assert not sees(by=BOB, of=row(), custodian_rule=False)


def test_a_permit_opens_the_record_to_another_hospital_and_names_the_provision() -> None:
    decision = judge(consent(PERMIT), by=MALLORY, of=row())
    assert (decision.visible, decision.consent, decision.version, decision.path) == (True, "K1", 1, "provision")


def test_a_deny_hides_the_record_from_its_own_custodian() -> None:
    assert not sees(consent(rule("deny")), by=BOB, of=row())


@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"])
def test_only_an_active_consent_counts(status: str) -> None:
    assert not sees(consent(PERMIT, status=status), by=MALLORY, of=row())
    assert sees(consent(rule("deny"), status=status), by=BOB, of=row())


def test_a_consent_without_a_provision_permits_nothing() -> None:
    assert not sees(consent(None), by=MALLORY, of=row())


def test_a_root_without_a_type_rules_on_nothing_but_lends_its_scope() -> None:
    root = {"purpose": PERMIT["purpose"], "provision": [rule("permit", actors=("Organization/h2",))]}
    assert sees(consent(root), by=MALLORY, of=row())
    assert not sees(consent(root), by=reader("h2", purpose="HMARKT"), of=row())
    assert not sees(consent({"purpose": PERMIT["purpose"]}), by=MALLORY, of=row())


def test_a_nested_provision_without_a_type_denies() -> None:
    assert not sees(consent(rule("permit", {"actor": [actor("Organization/h2")]})), by=MALLORY, of=row())


def test_one_consent_that_denies_beats_all_that_permit() -> None:
    both = consent(PERMIT, id="K1"), consent(rule("deny"), id="K2")
    assert judge(*both, by=MALLORY, of=row()).consent == "K2"
    assert not sees(*both, by=MALLORY, of=row())


def test_a_deny_of_others_leaves_the_permit_of_another_consent() -> None:
    assert sees(consent(PERMIT), consent(rule("deny", actors=("Organization/h9",)), id="K2"), by=MALLORY, of=row())


@pytest.mark.parametrize(
    "by",
    [
        reader("h7"),
        reader(None, practitioner="Practitioner/bob"),
        reader(None, practitioner="", groups=("Group/btg",)),
    ],
)
def test_an_actor_is_a_hospital_a_practitioner_or_a_group(by: object) -> None:
    named = consent(rule("permit", actors=("Organization/h7", "Practitioner/bob", "Group/btg")))
    assert sees(named, by=by, of=row())  # type: ignore[arg-type]
    assert not sees(named, by=MALLORY, of=row())


def test_a_child_inherits_actor_purpose_and_period() -> None:
    root = rule(
        "deny",
        rule("permit", classes=("Observation",)),
        actors=("Organization/h2",), purposes=("TREAT",), period={"end": "2026-12-31"},
    )  # fmt: skip
    assert sees(consent(root), by=MALLORY, of=row())
    assert not sees(consent(root), by=reader("h3"), of=row())
    assert not sees(consent(root), by=reader("h2", purpose="HMARKT"), of=row())
    assert not sees(consent(root), by=reader("h2", at=datetime(2027, 1, 1, tzinfo=UTC)), of=row())


def test_a_child_does_not_inherit_what_its_parent_says_of_records() -> None:
    tree = rule("permit", rule("deny", rule("permit", actors=("Practitioner/mallory",)), classes=("Condition",)))
    assert sees(consent(tree), by=MALLORY, of=row("Condition"))
    assert not sees(consent(tree), by=reader("h2", practitioner="Practitioner/x"), of=row("Condition"))


def test_the_deeper_match_wins_and_at_one_depth_a_deny() -> None:
    observation, any_ = rule("permit", classes=("Observation",)), rule("deny")
    assert sees(consent(rule("deny", observation)), by=MALLORY, of=row())
    assert not sees(consent(rule("permit", observation, any_)), by=MALLORY, of=row())


def test_a_nested_period_does_not_outlive_the_roots() -> None:
    tree = rule("deny", rule("permit", period={"end": "2030"}), period={"end": "2025-12-31"})
    assert not sees(consent(tree), by=MALLORY, of=row())


def test_the_last_day_of_a_period_counts_whole() -> None:
    permit = consent(rule("permit", period={"start": "2026-11-02", "end": "2026-11-02"}))
    assert sees(permit, by=reader(at=datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC)), of=row())
    assert not sees(permit, by=reader(at=datetime(2026, 11, 3, tzinfo=UTC)), of=row())


def test_a_purpose_contains_the_purposes_below_it() -> None:
    assert sees(consent(PERMIT), by=reader(purpose="ETREAT"), of=row())
    assert not sees(consent(rule("permit", purposes=("ETREAT",))), by=MALLORY, of=row())


def test_another_systems_code_is_not_the_purpose_it_reads_like() -> None:
    disguised = rule("permit", purpose=[{"system": "http://mallory.example", "code": "TREAT"}])
    assert not sees(consent(disguised), by=MALLORY, of=row())


@pytest.mark.parametrize(
    "root", [rule("permit"), rule("permit", purposes=("TREAT",)), rule("permit", purposes=("ETREAT",))]
)
def test_the_glass_is_not_broken_by_a_permit_that_does_not_name_it(root: dict[str, object]) -> None:
    assert not sees(consent(root), by=reader(purpose="BTG"), of=row())


def test_the_glass_is_broken_where_the_consent_says_so() -> None:
    tree = consent(rule("deny", rule("permit", purposes=("BTG",), actors=("Group/btg",))))
    assert sees(tree, by=reader(purpose="BTG", groups=("Group/btg",)), of=row())
    assert not sees(tree, by=reader(purpose="BTG"), of=row())
    assert not sees(tree, by=reader(purpose="TREAT", groups=("Group/btg",)), of=row())


@pytest.mark.parametrize("existing", [None, PERMIT, rule("deny")])
def test_the_custodians_glass_policy_holds_only_where_no_consent_exists(existing: dict[str, object] | None) -> None:
    emergency = reader(purpose="BTG")
    assert sees(by=emergency, of=row(), btg_default=True)
    assert not sees(by=MALLORY, of=row(), btg_default=True)
    assert not sees(consent(existing), by=emergency, of=row(), btg_default=True)


def test_a_permit_of_a_period_opens_what_lies_inside_and_a_deny_hides_what_touches_it() -> None:
    year = {"start": "2022", "end": "2022"}
    permit, deny = consent(rule("permit", dataPeriod=year)), consent(rule("permit", rule("deny", dataPeriod=year)))
    seen = {"2021": (False, True), "2022-12-31": (True, False), "2023-01-01": (False, True), None: (False, False)}
    assert {
        day: (sees(permit, by=MALLORY, of=row(date=day)), sees(deny, by=MALLORY, of=row(date=day))) for day in seen
    } == seen


def test_a_patient_has_no_date_to_deny() -> None:
    deny = consent(rule("permit", rule("deny", dataPeriod={"start": "2022"})))
    assert sees(deny, by=MALLORY, of=row("Patient", "alice", date=None))


def test_alice_sees_all_of_hers_whatever_consents_say_and_nothing_of_others() -> None:
    alice = reader(None, role="patient", practitioner="", patients=("alice",), purpose="PATRQT")
    assert sees(consent(rule("deny")), by=alice, of=row())
    assert not sees(consent(rule("permit")), by=alice, of=row(patient="carol"))


@pytest.mark.parametrize("role", ["feed", "engineer"])
def test_feed_and_engineer_see_exactly_what_their_hospital_pushed(role: str) -> None:
    assert sees(consent(rule("deny")), by=reader("h1", role=role), of=row(), custodian_rule=False)
    assert not sees(consent(rule("permit")), by=reader("h2", role=role), of=row())


@pytest.mark.parametrize("role", ["auditor", "operator", "researcher", ""])
def test_other_roles_read_no_clinical_record(role: str) -> None:
    assert not sees(consent(rule("permit")), by=reader("h1", role=role), of=row())


@pytest.mark.parametrize("role", ["clinician", "patient", "feed", "engineer", "auditor", "operator"])
def test_the_directory_is_open_to_every_signed_in_reader(role: str) -> None:
    by = reader("h2", role=role)
    assert sees(by=by, of=row("Practitioner", patient=None, custodian=None))
    assert sees(by=by, of=row("Organization", patient=None, custodian="h1"))
    assert sees(by=by, of=row("Group", patient=None, custodian=None))
    assert not sees(by=by, of=row("Group", patient=None, custodian="h1"))
    assert not sees(by=by, of=row("Observation", patient=None, custodian=None))


def test_other_rows_without_a_patient_stay_with_their_custodian() -> None:
    assert sees(by=BOB, of=row("List", patient=None))
    assert not sees(consent(rule("permit")), by=MALLORY, of=row("List", patient=None))


def test_a_consent_binds_only_the_patient_and_custodian_it_is_bound_to() -> None:
    permit = consent(rule("permit"))
    assert not sees(permit, by=MALLORY, of=row(custodian="h3"))
    assert not sees(permit, by=MALLORY, of=row(patient="carol"))
