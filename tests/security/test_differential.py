"""Two worlds that differ only in what the reader may not see: every answer is the same, byte by byte.

In the one world the hidden records are there, with versions; in the other they never were, or (those that a visible
record refers to, which could not have been stored without them) are deleted. The times, the server's own ids and the
sealed page links aside, status, headers and body of each answer must be equal.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.utils import timezone

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

UCUM = "http://unitsofmeasure.org"
HEART_RATE = {"coding": [{"system": build.LOINC, "code": "8867-4", "display": "Heart rate"}]}
HIDDEN_DAY, SEEN_DAY = "2019-05-05", "2024-05-05"
UUID = "6b1e4a5c-0000-4000-8000-000000000001"


def patient(id: str, family: str, **elements: Any) -> dict[str, Any]:
    return build.patient(id, name=[{"family": family, "given": ["A"]}], managingOrganization={
        "reference": "Organization/north"}, **elements)  # fmt: skip


def observation(subject: str, id: str, value: float = 0, **elements: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": "beats", "system": UCUM, "code": "/min"}
    shown = f'<div xmlns="http://www.w3.org/1999/xhtml">pulse of {id}</div>'
    return build.observation(f"Patient/{subject}", id, **{
        "code": HEART_RATE, "valueQuantity": quantity, "effectiveDateTime": SEEN_DAY,
        "text": {"status": "generated", "div": shown}, **elements})  # fmt: skip


def encounter(subject: str, id: str, day: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter", "id": id, "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{subject}"}, "period": {"start": day, "end": day},
    }  # fmt: skip


def listed(subject: str, id: str, day: str, *items: str) -> dict[str, Any]:
    return {
        "resourceType": "List", "id": id, "status": "current", "mode": "working", "date": day,
        "subject": {"reference": f"Patient/{subject}"}, "entry": [{"item": {"reference": item}} for item in items],
    }  # fmt: skip


class World:
    """Alice's record at North Bay, open to Bob's hospital but for what is of 2019; `full`: with all that is hidden.

    Hidden: Alice's 2019; Li, a stranger; and Alice once more as `north-alice2`,
    whom the index of persons links to her.
    """

    def __init__(self, feed: Voice, *, full: bool) -> None:
        self.feed, self.full = feed, full
        self.hide(patient("north-li", "Zhang"), {**patient("north-li", "Zhao"), "identifier": [{"value": "li"}]})
        self.put(patient("north-alice", "Zhang"))
        denied = [{"type": "deny", "dataPeriod": {"start": "2019", "end": "2019"}}]
        self.put(build.consent("Patient/north-alice", id="north-c", actor=build.actor("Organization/renji"),
                               provision=denied))  # fmt: skip
        self.put(encounter("north-alice", "north-e", SEEN_DAY))
        self.put(encounter("north-alice", "north-eh", HIDDEN_DAY))  # an observation that is seen refers to it
        self.hide(patient("north-alice2", "Zhang"))
        time.sleep(0.002)  # stored moments have whole milliseconds
        self.moment = timezone.now().isoformat().replace("+00:00", "Z")
        time.sleep(0.002)
        for number in range(4):
            of = {"encounter": {"reference": f"Encounter/{'north-eh' if number == 3 else 'north-e'}"}}
            self.put(observation("north-alice", f"north-o{number}", 60 + number, **of))
            self.hidden_observations(number)
        self.put(observation("north-alice", "north-o0", 99))
        self.put(listed("north-alice", "north-l", SEEN_DAY, "Observation/north-o0", "Observation/north-o1"))
        self.hide(listed("north-alice", "north-lh", HIDDEN_DAY, "Observation/north-o0", "Observation/north-h0"))
        self.hide(encounter("north-alice2", "north-e2", SEEN_DAY))
        feed.delete("Observation/north-h0" if full else "Encounter/north-eh")

    def hidden_observations(self, number: int) -> None:
        found: dict[str, Any] = {
            "effectiveDateTime": HIDDEN_DAY, "encounter": {"reference": "Encounter/north-e"},
            "hasMember": [{"reference": f"Observation/north-o{number}"}], "method": {"text": "secret method"},
            "valueQuantity": {"value": 1000 + number, "unit": "x"},
        }  # fmt: skip
        for status in ("final", "amended"):
            self.hide(observation("north-alice", f"north-h{number}", status=status, **found))
        self.hide(observation("north-li", f"north-i{number}", 61), observation("north-alice2", f"north-j{number}", 61))
        if number == 0:
            self.hide(observation("north-li", UUID, 3), observation("north-li", UUID, 4))

    def put(self, resource: dict[str, Any]) -> None:
        answer = self.feed.put(f"{resource['resourceType']}/{resource['id']}", resource)
        assert answer.status_code in (200, 201), answer.content

    def hide(self, *versions: dict[str, Any]) -> None:
        for resource in versions if self.full else ():
            self.put(resource)


@dataclass(frozen=True)
class Ask:
    who: str
    method: str
    path: str
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


def ask(who: str, method: str, path: str, body: Any = None, **headers: str) -> Ask:
    return Ask(who, method, path, body, tuple(headers.items()))


SEARCHES = [
    # the match itself
    "Observation", "Patient", "Encounter", "List", "Consent", "Observation?patient=north-alice", "Patient?name=zhang",
    "Patient?family:exact=Zhao", "Patient?family:contains=ha", "Patient?identifier=li", "Patient?identifier=|li",
    "Observation?patient=north-li", "Observation?patient=north-alice2", "Observation?subject=Patient/north-li",
    "Observation?encounter=north-eh", "Observation?encounter=north-e2", "Observation?code=8867-4",
    "Observation?code:text=heart", "Observation?code:text=secret", "Observation?method:text=secret",
    "Observation?status=amended", "Observation?status:not=amended", "Observation?date=2019",
    "Observation?date=lt2020",
    "Observation?date:missing=true", "Observation?encounter:missing=true", "Observation?method:missing=false",
    "Observation?value-quantity=gt500", "Observation?value-quantity=ap61",
    f"Observation?value-quantity=61|{UCUM}|/min",
    "Observation?code-value-quantity=8867-4$gt60", "Observation?combo-code-value-quantity=8867-4$1000",
    "Observation?has-member=north-o1", "Observation?has-member:missing=false", "Patient?_id=north-li",
    f"Observation?_id={UUID}", "Patient?_id:not=x", "Observation?_lastUpdated=gt2020", "Patient?phonetic=zhao",
    "Observation?_content=secret", "Observation?_content=pulse", "Observation?_text=north-h1",
    "Observation?_text=pulse",
    "Patient?gender=female,male", "Patient?birthdate=1949-12-31", "Patient?birthdate=ne1949-12-31",
    # other rows
    "Observation?patient.name=zhao", "Observation?patient.name=zhang", "Observation?patient.identifier=li",
    "Observation?encounter.class=AMB", "Observation?encounter.date=2019", "Observation?encounter.status:not=x",
    "Observation?has-member.status=final", "Observation?has-member.has-member.status=final",
    "Observation?subject:Patient.organization.name=north", "Observation?encounter.patient.family=zhang",
    "Patient?_has:Observation:patient:code=8867-4", "Patient?_has:Observation:patient:status=amended",
    "Patient?_has:Observation:patient:value-quantity=gt500", "Patient?_has:Encounter:patient:date=2019",
    "Patient?_has:Observation:patient:encounter.date=2019", "Observation?_has:Observation:has-member:status=final",
    "Observation?_has:Observation:has-member:_has:Observation:has-member:status=final",
    "Encounter?_has:Observation:encounter:status=amended", "Encounter?_has:Observation:encounter:method:text=secret",
    "Organization?_has:Patient:organization:name=zhao",
    "Organization?_has:Patient:organization:_has:Observation:patient:status=amended",
    "Observation?_has:List:item:status=current", "Observation?_list=north-l", "Observation?_list=north-lh",
    "Observation?_filter=patient.name eq zhao", "Observation?_filter=status eq amended or value-quantity gt 500",
    "Observation?_filter=not (status eq final)", "Observation?_filter=encounter.date lt 2020",
    "Patient?_filter=identifier eq li", "Observation?_filter=method pr true", "Observation?_filter=date pr false",
    # whose
    "Observation?patient:mdm=north-alice", "Observation?patient:mdm=north-alice2", "Observation?patient:mdm=north-li",
    "Observation?patient:mdm=north-alice&code=8867-4&_total=accurate", "Patient/north-alice/Observation",
    "Patient/north-li/Observation", "Encounter/north-e/Observation", "Encounter/north-eh/Observation",
    "Patient/north-alice2/Encounter",
    # what comes with them
    "Observation?_include=Observation:encounter", "Observation?_include=*",
    "Observation?_include=Observation:patient",
    "Encounter?_revinclude=Observation:encounter", "Patient?_revinclude=*",
    "Organization?_revinclude=Patient:organization",
    "Observation?_revinclude=Observation:has-member", "Observation?_revinclude=List:item",
    "Patient?_revinclude=Observation:patient&_revinclude:iterate=Observation:has-member&_include:iterate=Observation:encounter",
    "Observation?_id=north-o3&_include=Observation:encounter&_include:iterate=Encounter:patient",
    # order, totals, forms
    *(f"Observation?_sort={sort}&_total=accurate" for sort in (
        "_id", "-_id", "date", "-date", "_lastUpdated", "-_lastUpdated", "value-quantity", "-value-quantity", "code",
        "-patient", "status,-date", "-encounter,_id", "has-member")),
    *(f"{type}?_summary=count" for type in ("Observation", "Patient", "Encounter", "List", "Consent", "Provenance")),
    "Observation?_total=estimate", "Observation?_total=accurate&_count=0", "Observation?_summary=text",
    "Observation?_summary=true&_total=accurate", "Observation?_elements=status&_total=accurate",
    # operations
    "Patient/north-alice/$everything", "Patient/north-alice2/$everything", "Patient/north-li/$everything",
    "Patient/north-alice/$everything?_type=Observation,Encounter",
    "Patient/north-alice/$everything?start=2019&end=2019",
    "Encounter/north-e/$everything", "Encounter/north-eh/$everything", "Encounter/north-e2/$everything",
    "Observation/$lastn?patient=north-alice&code=8867-4&max=10", "Observation/$lastn?patient=north-li&code=8867-4",
    "Observation/$lastn?patient:mdm=north-alice&code:text=heart&max=3", "Observation/north-o0/$diff",
    "Observation/$lastn?patient=north-alice&category:missing=true",
    "$diff?from=Observation/north-o0&to=Observation/north-h1",
    "$diff?from=Observation/north-i1&to=Observation/north-o0",
    # histories
    "_history", "Observation/_history", "Patient/_history", "Encounter/_history?_count=1", "_history?_since=MOMENT",
    "_history?_at=MOMENT", "Observation/_history?_at=MOMENT", "Observation/north-o0/_history", "List/_history",
    "_history?_since=2020&_count=3",
]  # fmt: skip
HIDDEN = (
    "Patient/north-li", "Patient/north-alice2", "Encounter/north-eh", "Encounter/north-e2", "List/north-lh",
    "Observation/north-h0", "Observation/north-h1", "Observation/north-i2", "Observation/north-j1",
    f"Observation/{UUID}",
)  # fmt: skip
DOORS = ("", "/_history", "/_history/1", "/_history/2", "/_history?_since=MOMENT", "/_history?_at=MOMENT",
"/$receipt",
         "/$validate", "/$diff", "/$diff?from=1&to=2", "/_history/1/$receipt", "/$promise")  # fmt: skip
PAGED = (
    "Observation?_count=1", "Observation?_count=1&_sort=-_lastUpdated&_total=accurate",
    "Observation?_count=2&_sort=value-quantity",
    "Patient/north-alice/$everything?_count=1", "_history?_count=2", "Observation/_history?_count=1",
    "Observation?_count=1&patient=north-alice&_include=*", "Encounter/north-e/$everything?_count=1",
)  # fmt: skip


def reads(who: str) -> Iterator[Ask]:
    for search in SEARCHES:
        yield ask(who, "GET", search)
    for place in HIDDEN:
        for door in DOORS:
            yield ask(who, "GET", place + door)
        for name, value in (("If-None-Match", 'W/"1"'), ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")):
            yield ask(who, "GET", place, **{name: value})
        yield ask(who, "HEAD", place)
    gets = [{"request": {"method": "GET", "url": url}} for url in (*SEARCHES[:20], *HIDDEN) if "MOMENT" not in url]
    for type in ("batch", "transaction"):
        yield ask(
            who, "POST", "", {"resourceType": "Bundle", "type": type, "entry": gets if type == "batch" else gets[:20]}
        )


CRITERIA = ("identifier=li", f"identifier={build.RESIDENT_ID}|11010519491231002X", "_id=north-li", "name=zhao",
"_id=north-alice2",
            "_has:Observation:patient:status=amended", "general-practitioner:missing=true&name=zhang",
            "_content=zhao")  # fmt: skip


def writes(who: str) -> Iterator[Ask]:
    """By somebody of another hospital: what is hidden is matched, referred to and changed by nobody."""
    mine = f"{who.partition('-')[0]}-p"
    yield ask(who, "PUT", f"Patient/{mine}", patient(mine, "Zhang"))
    me = build.patient(name=[{"family": "Zhang"}])
    patch = [{"op": "add", "path": "/active", "value": True}]
    for criteria in CRITERIA:
        yield ask(who, "POST", "Patient", me, **{"If-None-Exist": criteria})
        yield ask(who, "PATCH", f"Patient?{criteria}", patch)
        yield ask(who, "DELETE", f"Patient?{criteria}")
        yield ask(who, "PUT", f"Patient?{criteria}", me)
        entry = {"request": {"method": "POST", "url": "Patient", "ifNoneExist": criteria}, "resource": me}
        yield ask(who, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
        yield ask(
            who, "POST", "Observation", observation(mine, "x", 1, derivedFrom=[{"reference": f"Patient?{criteria}"}])
        )
        focus = [{"reference": f"Patient?{criteria}"}]
        bundle = build.transaction({**build.observation(f"Patient/{mine}"), "focus": focus})
        yield ask(who, "POST", "", bundle)
    for place in HIDDEN:
        type, id = place.split("/")
        for headers in ({}, {"If-Match": 'W/"1"'}, {"If-Match": 'W/"2"'}):
            yield ask(who, "DELETE", place, **headers)
            yield ask(who, "PATCH", place, patch, **headers)
            if type == "Observation" and (id != UUID or headers):
                yield ask(who, "PUT", place, observation(mine, id, 1), **headers)
        focus = [{"reference": place}, {"reference": f"{place}/_history/1"}]
        yield ask(who, "POST", "Observation", {**build.observation(f"Patient/{mine}"), "focus": focus})
        for method in ("GET", "DELETE", "PATCH"):
            entry = {"request": {"method": method, "url": place}}
            if method == "PATCH":
                entry["resource"] = {
                    "resourceType": "Binary",
                    "contentType": "application/json-patch+json",
                    "data": "W10=",
                }
            yield ask(who, "POST", "", {"resourceType": "Bundle", "type": "batch", "entry": [entry]})
            yield ask(who, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
        yield ask(who, "POST", f"{place}/$validate?mode=update", {"resourceType": type, "id": id})


_NAMES = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d+(?:Z|(?:%2B|\+)00:00)")
_CURSORS = re.compile(rb"_cursor=([A-Za-z0-9_\-=%]+)")
_VARYING = {"X-Request-Id", "Last-Modified", "Date"}
Told = tuple[int, dict[str, str], bytes]


class Seen:
    """Takes out of answers what may differ: times, and ids and links in the order in which they come."""

    def __init__(self) -> None:
        self.names: dict[bytes, bytes] = {}

    def plain(self, text: bytes) -> bytes:
        named = _NAMES.sub(lambda found: self.names.setdefault(found[0], b"name %d" % len(self.names)), text)
        cut = _CURSORS.sub(lambda found: b"link of %d" % len(found[1]), named)
        return _TIMES.sub(b"a time", cut)

    def told(self, answer: Any) -> Told:
        headers = {name: self.plain(value.encode()).decode() for name, value in answer.headers.items()}
        return answer.status_code, {n: v for n, v in headers.items() if n not in _VARYING}, self.plain(answer.content)


def asked(voice: Voice, each: Ask, moment: str) -> Any:
    path, named = each.path.replace("MOMENT", quote(moment)), dict(each.headers)
    if each.method in ("GET", "HEAD", "DELETE"):
        return getattr(voice.client, each.method.lower())(f"/fhir/{path}", headers=named)
    return getattr(voice, each.method.lower())(path, each.body, **named)


def walked(voice: Voice, url: str) -> Iterator[Any]:
    """Every page, by its links."""
    while url:
        yield (page := voice.get(url))
        links = page.json().get("link", ())
        url = next((link["url"].partition("/fhir/")[2] for link in links if link["relation"] == "next"), "")


def lived(voice: Callable[..., Voice], asks: list[Ask], *, full: bool, pages: str = "") -> list[Told]:
    """All answers in one world, which is gone afterwards."""
    with transaction.atomic():
        world = World(voice("north-feed"), full=full)
        voices = {who: voice(who) for who in {each.who for each in asks} | ({pages} - {""})}
        seen = Seen()
        told = [seen.told(asked(voices[each.who], each, world.moment)) for each in asks]
        told += [seen.told(page) for url in PAGED if pages for page in walked(voices[pages], url)]
        transaction.set_rollback(True)
    return told


@pytest.mark.parametrize("reader", ["bob", "mallory", "mallory-feed"])
def test_readers_learn_nothing_of_hidden_records(voice: Callable[..., Voice], reader: str) -> None:
    asks = list(reads(reader))
    without, with_them = (lived(voice, asks, full=full, pages=reader) for full in (False, True))
    compare(asks, without, with_them)
    assert reader != "bob" or sum(status == 200 and b"north-o1" in body for status, _, body in with_them) > 50


@pytest.mark.parametrize("writer", ["bob", "mallory", "mallory-feed", "renji-feed"])
def test_writers_learn_nothing_of_hidden_records(voice: Callable[..., Voice], writer: str) -> None:
    asks = list(writes(writer))
    compare(asks, *(lived(voice, asks, full=full) for full in (False, True)))


def test_the_worlds_differ_for_who_may_see_them(voice: Callable[..., Voice]) -> None:
    """Else the two tests above would show nothing."""
    asks = [ask("north-feed", "GET", search) for search in SEARCHES]
    worlds = zip(asks, *(lived(voice, asks, full=full) for full in (False, True)), strict=True)
    same = {each.path for each, one, other in worlds if one == other}
    assert len(same) < len(SEARCHES) / 6, sorted(same)


def compare(asks: list[Ask], without: list[Told], with_them: list[Told]) -> None:
    for number, (one, other) in enumerate(zip(without, with_them, strict=True)):
        assert one[0] < 500, (asks[number], one)
        assert one == other, asks[number] if number < len(asks) else "a page"
