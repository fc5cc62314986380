"""The person takes away who looked: as CSV, as PDF, and on a page that renews itself."""

import csv
import io

import pytest
from django.test import Client

from medbridge.accounts.models import Account
from medbridge.audit.models import Access
from medbridge.desk.pdf import table
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
PAGE = "/desk/patient/accesses"


@pytest.fixture
def alices(feed: Voice, bob: Voice) -> Client:
    """Her browser, after Bob has looked by consent."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    permit = build.consent("Patient/north-alice", id="north-c", actor=build.actor("Organization/renji"))
    feed.put("Consent/north-c", permit)
    bob.get("Patient/north-alice", X_Request_Id="round-7")
    browser = Client()
    browser.force_login(Account.objects.get(username="alice"))
    return browser


def lines(browser: Client) -> list[list[str]]:
    answer = browser.get(f"{PAGE}.csv")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_csv_says_who_when_what_why_and_under_which_consent(alices: Client) -> None:
    heads, newest, *_rest = lines(alices)
    said = dict(zip(heads, newest, strict=True))
    assert (said["Who"], said["Hospital"], said["Why"], said["Outcome"]) == (
        "Bob", "Renji East Hospital", "Treatment", "Allowed",
    )  # fmt: skip
    assert (said["Decided by"], said["Request"]) == ("Consent/north-c, version 1, provision", "round-7")


def test_nothing_in_it_is_a_formula(alices: Client, bob: Voice) -> None:
    Account.objects.filter(username="bob").update(name="=HYPERLINK(1)")
    bob.get("Patient/north-alice")
    assert lines(alices)[1][1] == "'=HYPERLINK(1)"


def test_taking_it_away_is_an_access_too(alices: Client) -> None:
    lines(alices)
    assert Access.objects.filter(action="account", patient="north-alice", username="alice").count() == 1


def test_the_pdf_is_one(alices: Client) -> None:
    answer = alices.get(f"{PAGE}.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")


def test_chinese_is_printed_with_a_font_that_has_it() -> None:
    made = table(["谁查看了 <张爱丽> 的病历"], ["时间"], [["2026-11-24"]] * 200, [60])
    assert b"/STSong-Light" in made
    assert made == table(["谁查看了 <张爱丽> 的病历"], ["时间"], [["2026-11-24"]] * 200, [60])


def test_the_page_renews_itself_without_a_script(alices: Client) -> None:
    answer = alices.get(PAGE)
    assert answer["Refresh"] == "10"
    assert "script-src 'none'" in answer["Content-Security-Policy"]
    assert "Consent/north-c, version 1" in answer.content.decode()
    assert "Refresh" not in alices.get(f"{PAGE}?live=0")


@pytest.mark.parametrize("ending", ["csv", "pdf"])
def test_nobody_else_takes_it_away(alices: Client, ending: str) -> None:
    other = Client()
    other.force_login(Account.objects.get(username="bob"))
    assert other.get(f"{PAGE}.{ending}").status_code == 403
