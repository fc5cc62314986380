"""In a real browser: Alice opens her record to Bob's hospital, and closes it again."""

from datetime import UTC, datetime
from typing import Any

from anchoring import services
from tests.browser.conftest import Browser

RENJI = "Renji East Hospital"


def now() -> datetime:
    return datetime.now(UTC)


def prove(settings: Any) -> None:
    """What Celery beat does: seal, publish, confirm."""
    settings.ANCHOR_CONFIRMATIONS = {"local": (2, 3)}
    services.seal(now=now())
    services.publish(now=now())
    services.confirm(now=now())
    services.confirm(now=now())


def test_alice_sees_her_record_and_its_proof(records: Any, browser: Browser, settings: Any) -> None:
    prove(settings)
    browser.sign_in("Alice")
    browser.sees("Hemoglobin", "13.5 g/dL", "Proved on a chain")


def test_alice_opens_her_record_and_closes_it_again(records: Any, browser: Browser) -> None:
    browser.sign_in("Alice")
    browser.follow("My consents")
    browser.choose("Hospital", RENJI)
    browser.press("Put in force")
    browser.sees("In force", f"May see my records: {RENJI}")

    bob_looks_for_alice(browser)
    browser.follow("Alice Zhang")
    browser.sees("Hemoglobin", "North Bay General Hospital")

    browser.sign_in("Alice")
    browser.follow("My consents")
    browser.press("Revoke")
    browser.sees("Revoked")

    bob_looks_for_alice(browser)
    browser.sees("No patient found.")

    browser.sign_in("Alice")
    browser.follow("Who looked")
    browser.sees("Bob", RENJI, "opened the whole history")


def test_the_desk_speaks_chinese(records: Any, browser: Browser) -> None:
    browser.sign_in("Alice")
    browser.press("简体中文")
    browser.sees("我的记录")
    browser.follow("谁看过")
    browser.sees("添加")
    browser.press("English")
    browser.sees("Who looked")


def bob_looks_for_alice(browser: Browser) -> None:
    browser.sign_in("Bob")
    browser.fill("Name", "Zhang")
    browser.press("Find")
