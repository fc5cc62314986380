"""HL7's C-CDA examples: every whole document converts, nothing invalid comes out, and how much arrives is held."""

import pytest

from medbridge.normalize.conversion import Source
from tests.unit.normalize.ccda.documents import EXAMPLES
from tools.ccda_corpus import Survey, survey

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason=f"REAL DOCUMENTS NOT TESTED: {EXAMPLES} is absent")


@pytest.fixture(scope="module")
def surveyed() -> tuple[Survey, Survey]:
    found = survey(sorted(EXAMPLES.rglob("*.xml")), Source("north", "America/New_York"))
    for name, each in zip(("whole documents", "fragments"), found, strict=True):
        print(f"\n{name}", *each.lines(), sep="\n  ")
    return found


def test_every_whole_document_converts_to_valid_resources(surveyed: tuple[Survey, Survey]) -> None:
    whole, _ = surveyed
    assert whole.tried > 15
    assert (whole.refused, whole.invalid) == ([], 0)


def test_every_entry_of_a_whole_document_reaches_a_resource(surveyed: tuple[Survey, Survey]) -> None:
    whole, _ = surveyed
    assert whole.reached / whole.entries >= 0.99


def test_four_fields_of_five_reach_an_element(surveyed: tuple[Survey, Survey]) -> None:
    whole, _ = surveyed
    assert whole.mapped / whole.valued >= 0.80


def test_fragments_of_the_guides_give_nothing_invalid(surveyed: tuple[Survey, Survey]) -> None:
    """Many leave out what the reader is to imagine; one is not well-formed."""
    _, fragments = surveyed
    assert fragments.invalid == 0
    assert len(fragments.refused) <= 1
    assert fragments.reached / fragments.entries >= 0.75
    assert not [reason for reason in fragments.problems if "mapping failed" in reason]
