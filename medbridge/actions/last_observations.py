"""Observation/$lastn: the newest observations of each code, of one person."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.search_records import Page, deeds, followed, incomplete, parsed
from medbridge.actions.steps import reach
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.actions.steps.judging import cleared
from medbridge.fhir.grouping import newest
from medbridge.fhir.outcome import FhirError, Issue, bad_request
from medbridge.records import last

# "A search parameter that contains a code element in its FHIRPath expression."
_OF_CODES = ("category", "code", "combo-code", "component-code")
# They shape a page of a search; here the operation says what comes, and in which order.
_SHAPING = ("_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_cursor")


def last_observations(
    *, actor: Actor, at: datetime, pairs: Sequence[tuple[str, str]], most: int, strict: bool = False
) -> Page:
    """The newest `most` of each code among the matches; more where the last ones are equally old.

    Raises FhirError 400 without patient or subject, or without category or code; 403 as a search does.
    """
    check_scope(actor, "Observation", "s", at=at)
    _check(pairs)
    seen = visible(actor, at)
    query = followed(parsed("Observation", pairs, strict, at), seen)
    if not query.patients:
        raise bad_request("$lastn asks for one person: patient=<id> or subject=Patient/<id>.", code="required")
    for reached in sorted(reach.types(query)):
        check_scope(actor, reached, "s", at=at)
    query = reach.within(query, lambda reached: actor.scopes.allow(reached, "s"))
    chosen = _chosen(last.codes(query, visible=seen), most)
    hits = cleared(last.rows(chosen, visible=seen), actor=actor, at=at)
    spelled = f"Observation/$lastn?{urlencode(query.applied)}&max={most}"
    note(actor, deeds("Observation", spelled, query, hits), at=at)
    return Page(query, spelled, hits, None, None, incomplete=incomplete(query))


def _check(pairs: Sequence[tuple[str, str]]) -> None:
    names = [name.partition(":")[0] for name, _ in pairs]
    if not any(name == each or name.startswith(f"{each}-value") for name in names for each in _OF_CODES):
        raise bad_request("$lastn needs a category or a code to look among.", code="required")
    if shaping := next((name for name in names if name in _SHAPING), None):
        raise bad_request(f"$lastn takes no {shaping}: it returns max of each code, newest first.", code="value")


def _chosen(dated: list[last.Dated], most: int) -> list[int]:
    chosen = newest(dated, most) if len(dated) <= last.MOST_ROWS else []
    if not dated or 0 < len(chosen) <= settings.SEARCH_COUNT_LIMIT:
        return chosen
    text = f"That is more than {settings.SEARCH_COUNT_LIMIT} observations. Ask for fewer codes, or a smaller max."
    raise FhirError(400, [Issue("too-costly", text)])
