"""What the operator is told: from the database alone, so also when a chain is down."""

import pytest
from django.core.management import call_command

from anchoring import services
from anchoring.chains.interface import Unreachable
from anchoring.chains.local import LocalChain
from anchoring.models import Anchor, Condition
from anchoring.tasks import confirm
from tests.integration.anchoring.build import NOON, later

DAY = 24 * 60


def told(minutes: float) -> list[str]:
    return [alarm.kind for alarm in services.alarms(now=later(minutes))]


def anchored() -> None:
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.confirm(now=NOON)


def test_nothing_is_told_while_all_is_well() -> None:
    anchored()
    assert told(DAY) == []


def test_an_anchor_behind_schedule_is_told(settings) -> None:
    services.seal(now=NOON)
    settings.ANCHOR_LATE_SECONDS = 3600
    assert told(59) == []
    (alarm,) = services.alarms(now=later(61))
    assert (alarm.kind, "directory block 0" in alarm.sentence) == ("BEHIND", True)


def test_calendars_get_four_times_as_long(settings) -> None:
    services.seal(now=NOON)
    settings.ANCHOR_CHAINS = ["opentimestamps"]
    settings.ANCHOR_LATE_SECONDS = 3600
    assert (told(239), told(241)) == ([], ["BEHIND"])


@pytest.mark.parametrize(("depth", "expected"), [(1, []), (3, ["REORGANISED"])], ids=["shallow", "deep"])
def test_a_reorganisation_is_told_when_the_anchor_counted(local, settings, depth: int, expected: list[str]) -> None:
    settings.ANCHOR_CONFIRMATIONS = {"local": (2, 6)}
    anchored()
    for minute in range(1, depth):
        services.confirm(now=later(minute))
    local.reorganise(depth, now=later(9))
    services.confirm(now=later(10))
    services.publish(now=later(11))
    services.confirm(now=later(12))
    assert told(13) == expected
    assert told(8 * DAY) == []


def test_a_chain_that_is_down_is_told_after_an_hour(monkeypatch) -> None:
    services.seal(now=NOON)
    monkeypatch.setattr(LocalChain, "send", refuse)
    services.publish(now=NOON)
    services.publish(now=later(50))
    assert told(51) == []
    services.publish(now=later(61))
    assert told(62) == ["DOWN"]
    monkeypatch.undo()
    services.publish(now=later(63))
    assert told(64) == []


def refuse(*_: object) -> bytes:
    raise Unreachable("the node does not answer")


def test_low_funds_are_told_with_the_address() -> None:
    anchored()
    Condition.objects.update(balance=90, reserve=10, unit="satoshi", address="bc1qexample")
    (alarm,) = services.alarms(now=later(1))
    assert (alarm.kind, alarm.sentence) == (
        "LOW_FUNDS",
        "90 satoshi pay for 9 anchors at the highest fee: send more to bc1qexample",
    )


def test_alarms_are_logged_as_long_as_they_last(caplog) -> None:
    anchored()
    Condition.objects.update(balance=1, reserve=10)
    confirm()
    assert [record.name for record in caplog.records if "LOW_FUNDS on local" in record.message] == ["anchoring.alarm"]


def test_the_command_shows_states_costs_and_alarms(capsys) -> None:
    anchored()
    Condition.objects.update(balance=1, reserve=10, unit="satoshi", address="bc1qexample")
    call_command("anchors")
    shown = capsys.readouterr().out
    assert Anchor.objects.get().txid[:18] in shown
    assert "local: 1 anchors in blocks for at most 0 satoshi, 1 at bc1qexample" in shown
    assert "ALARM LOW_FUNDS on local" in shown
