"""Rows become resources: slots, references, keys, conditions, layers, and what is wrong with a pack."""

from __future__ import annotations

import pytest

from medbridge.normalize.packs import PackError
from tests.unit.normalize.packs.toy import layer, pack, run

PATIENT = (
    "start,message,,person,Patient,P[Patient],,,,,",
    "number,P[Patient],,number,$key,string,,,,,",
    "family,P[Patient],,family,name[1].family,,,,,,",
    "given,P[Patient],,given,name[1].given,,,,,,",
)


def test_rows_of_one_slot_fill_one_entry() -> None:
    (patient,), _ = run(pack(layer(*PATIENT)), {"person": {"number": "1", "family": "Wu", "given": "Alice"}})
    assert patient["name"] == [{"family": "Wu", "given": ["Alice"]}]


def test_a_repeated_source_makes_an_entry_each_with_its_constants() -> None:
    phones = ("tel,P[Patient],,phone,telecom[1].value,,,,,,", "use,P[Patient],,phone,telecom[1].use,,,home,,,")
    (patient,), _ = run(pack(layer(*PATIENT, *phones)), {"person": {"number": "1", "phone": ["11", "22"]}})
    assert patient["telecom"] == [{"value": "11", "use": "home"}, {"value": "22", "use": "home"}]


def test_the_same_business_id_is_the_same_resource_id() -> None:
    first, second = (run(pack(layer(*PATIENT)), {"person": {"number": "7", "family": n}})[0][0] for n in ("Wu", "Li"))
    assert first["id"] == second["id"]


def test_a_resource_in_brackets_is_made_beside_and_referred_to() -> None:
    doctor = "gp,P[Patient],,doctor,generalPractitioner(Practitioner.name.family),string,,,,,"
    patient, practitioner = run(pack(layer(*PATIENT, doctor)), {"person": {"number": "1", "doctor": "Bob"}})[0]
    assert practitioner["name"] == [{"family": "Bob"}]
    assert patient["generalPractitioner"] == [{"reference": f"Practitioner/{practitioner['id']}", "display": "Bob"}]


def test_a_link_puts_a_reference_into_the_resource_that_the_group_knows() -> None:
    rows = (
        "report,message,,report,DiagnosticReport,R[DiagnosticReport],,,,,",
        "report.code,R[DiagnosticReport],,code,code.text,,,,,,",
        "group,message,,results,,RESULT,,,,,",
        "result,RESULT,,.,Observation,O[Observation],,,,DiagnosticReport.result,",
        "result.code,O[Observation],,code,code.text,,,,,,",
    )
    message = {"report": {"code": "panel"}, "results": [{"code": "a"}, {"code": "b"}]}
    report, *results = run(pack(layer(*rows)), message)[0]
    assert report["result"] == [{"reference": f"Observation/{each['id']}"} for each in results]


def test_a_reference_to_a_resource_that_nothing_filled_is_left_out() -> None:
    rows = ("none,message,,absent,Encounter,E[Encounter],,,,,", "st,E[Encounter],,,status,,,planned,,,")
    link = "gone,P[Patient],,number,managingOrganization,reference,,Organization,,,"
    (patient,), _ = run(pack(layer(*PATIENT, *rows, link)), {"person": {"number": "1"}})
    assert "managingOrganization" not in patient


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('kind = "A"', True),
        ('kind != "A"', False),
        ('not (kind in ("B", "C")) and number valued', True),
        ('absent valued or $event = "A01"', True),
        ("count(kind) > 1", False),
        ('kind matches "[A-C]"', True),
        ('. = "1"', True),
    ],
)
def test_a_row_applies_when_its_condition_holds(condition: str, holds: bool) -> None:
    quoted = condition.replace('"', '""')
    row = f'c,P[Patient],"{quoted}",number,language,string,,,,,'
    (patient,), _ = run(pack(layer(*PATIENT, row)), {"person": {"number": "1", "kind": "A"}}, event="A01")
    assert ("language" in patient) is holds


def test_codes_are_translated_and_unknown_ones_reported() -> None:
    row = "sex,P[Patient],,sex,gender,,Sex,,,,"
    made = pack(layer(*PATIENT, row, Sex={"F": ("female", "", "")}))
    assert run(made, {"person": {"number": "1", "sex": "F"}})[0][0]["gender"] == "female"
    (patient,), scope = run(made, {"person": {"number": "1", "sex": "?"}})
    assert "gender" not in patient
    assert [(each.place, each.table, each.code) for each in scope.unmapped] == [("/person/sex", "Sex", "?")]


def test_a_higher_layer_replaces_a_row_and_takes_one_out() -> None:
    site = layer("family,P[Patient],,given,name[1].family,,,,,,", "given,P[Patient],,,off,,,,,,", name="site")
    (patient,), _ = run(pack(layer(*PATIENT), site), {"person": {"number": "1", "family": "Wu", "given": "Alice"}})
    assert patient["name"] == [{"family": "Alice"}]


def test_the_version_follows_from_what_the_rows_say_not_from_remarks() -> None:
    remarked = (*PATIENT[:3], PATIENT[3] + "as registered")
    changed = (*PATIENT[:3], PATIENT[3].replace("given,name", "family,name"))
    assert pack(layer(*PATIENT)).version == pack(layer(*remarked)).version != pack(layer(*changed)).version


def test_an_absent_required_element_says_so() -> None:
    row = "st,E[Encounter],,status,status,code,,,absent,,"
    begin = "e,message,,person,Encounter,E[Encounter],,,,,"
    key = "ek,E[Encounter],,number,identifier.value,,,,,,"
    (encounter,), _ = run(pack(layer(begin, row, key)), {"person": {"number": "1"}})
    assert encounter["_status"]["extension"][0]["valueCode"] == "unknown"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("x,P[Patient],,number,nmae.family,,,,,,", "column target: Patient has no element 'nmae'"),
        ("x,P[Patient],,number,gender.code,string,,,,,", "column target: Element has no element 'code'"),
        ("x,P[Patient],,number,name.family,shout,,,,,", "column use: 'shout' is neither a map"),
        ("x,P[Patient],,num ber,name.family,,,,,,", "column source: 'num ber' is no path"),
        ("x,P[Patient],number is there,number,name.family,,,,,,", "column when"),
        ("x,P[Patient],,number,gender,,Sexes,,,,", "column codes: there is no code table 'Sexes'"),
        ("x,P[Patient],,number,active,,,maybe,,,", "column value: 'maybe' is no boolean"),
        ("x,message,,number,name.family,,,,,,", "column target: the map 'message' has no FHIR type"),
    ],
)
def test_a_fault_names_file_row_and_column(row: str, says: str) -> None:
    with pytest.raises(PackError) as error:
        pack(layer(*PATIENT, row))
    (fault,) = error.value.faults
    assert fault.startswith("base/rows.csv line 6, row 'x', ")
    assert says in fault


def test_every_value_is_traced_to_its_row_and_node() -> None:
    _, scope = run(pack(layer(*PATIENT)), {"person": {"number": "1", "family": "Wu"}})
    assert [(each.row, each.node.place, each.name) for each in scope.trace or []] == [
        ("family", "/person/family", "family")
    ]
