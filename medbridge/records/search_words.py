"""What is read from the stored resource itself, for rows that pass everything that an index can say."""

import re

from medbridge.fhir.query import Near, Words
from medbridge.records.statement import Put

EARTH_KILOMETRES = 6371.0088  # mean radius, IUGG
_PLACES = 9  # of degrees

_PARTS = re.compile(r"\w+")
_NARRATIVE = "{body} #>> '{text,div}'"
_STRINGS = """(SELECT string_agg(j #>> '{}', ' ') FROM jsonb_path_query({body}, '$.** ? (@.type() == "string")') j)"""
# As fhir.terms.fold: decomposed, combining marks taken off, small letters. Tags are no words.
_FOLDED = """' ' || regexp_replace(lower(regexp_replace(normalize(regexp_replace({text}, '<[^>]*>', ' ', 'g'), NFKD),
'[\u0300-\u036f]', '', 'g')), '[[:space:][:punct:]]+', ' ', 'g') || ' '"""
_KILOMETRES = """2 * {radius} * asin(least(1, sqrt(sin(radians(p.latitude - {latitude}) / 2) ^ 2
+ cos(radians({latitude})) * cos(radians(p.latitude)) * sin(radians(p.longitude - {longitude}) / 2) ^ 2)))"""


def body(alias: str) -> str:
    """The current version of the row called `alias` as jsonb."""
    return (
        "(SELECT convert_from(b.body, 'UTF8')::jsonb FROM records_version b"  # noqa: S608
        f" WHERE b.pk = {alias}.version_pk)"
    )


def words(condition: Words, alias: str, put: Put) -> str:
    text = (_STRINGS if condition.whole else _NARRATIVE).replace("{body}", "w.body")
    wanted = [f" {' '.join(_PARTS.findall(word))} " for word in condition.words]
    found = " AND ".join(f"position({put(word)} IN f.text) > 0" for word in wanted)
    return (
        f"(SELECT {found} FROM (SELECT {body(alias)} AS body OFFSET 0) w,"  # noqa: S608
        f" LATERAL (SELECT {_FOLDED.replace('{text}', text)} AS text OFFSET 0) f)"
    )


def near(condition: Near, alias: str, put: Put) -> str:
    """By the haversine formula, on a sphere: off by half a percent at most.

    Rounded to a tenth of a millimetre first: the square of 1e-200 degrees is an error in PostgreSQL, not 0.
    """
    wide, long = round(condition.latitude, _PLACES), round(condition.longitude, _PLACES)
    distance = (
        _KILOMETRES.replace("{radius}", str(EARTH_KILOMETRES))
        .replace("{latitude}", f"{put(wide)}::float8")
        .replace("{longitude}", f"{put(long)}::float8")
    )
    return (
        f"(SELECT {distance} <= {put(condition.kilometres)}::float8 FROM"  # noqa: S608
        f" (SELECT round((w.body #>> '{{position,latitude}}')::numeric, {_PLACES})::float8 AS latitude,"
        f" round((w.body #>> '{{position,longitude}}')::numeric, {_PLACES})::float8 AS longitude"
        f" FROM (SELECT {body(alias)} AS body OFFSET 0) w) p)"
    )
