"""What the documents say about the code, as far as a machine can hold it."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from medbridge.inbox.models import TRANSITIONS, Message

BASE = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    BASE / "README.md",
    BASE / "CHANGELOG.md",
    BASE / "CONTRIBUTING.md",
    *sorted((BASE / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)[^)]*\)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")


def diagram() -> str:
    """The states of a message, as docs/inbox.md draws them."""
    arrows = sorted(f"    {old} --> {new}" for old, then in TRANSITIONS.items() for new in then)
    order = sorted(arrows, key=lambda arrow: list(Message.State).index(Message.State(arrow.split()[0])))
    return "\n".join(["stateDiagram-v2", "    [*] --> RECEIVED", *order, ""])


def test_the_diagram_of_the_inbox_is_the_state_machine() -> None:
    drawn = (BASE / "docs" / "inbox.md").read_text()
    assert f"```mermaid\n{diagram()}```" in drawn, f"docs/inbox.md must have this diagram:\n{diagram()}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_named_exist(document: Path) -> None:
    named = set(COMMAND.findall(document.read_text()))
    assert named - get_commands().keys() == set()


def test_every_action_is_listed() -> None:
    listed = (BASE / "docs" / "architecture.md").read_text()
    actions = {path.stem for path in (BASE / "medbridge" / "actions").glob("*.py")} - {"__init__"}
    assert {action for action in actions if f"`{action}`" not in listed} == set()
