"""The rules of rules.py as one SQL condition, so that what may not be seen is never fetched, counted or sorted."""

from medbridge.consent import purpose
from medbridge.consent.rules import DIRECTORY, Request, readers
from medbridge.fhir.dates import LATEST

Sql = tuple[str, list[object]]

_DIRECTORY = "({r}.patient IS NULL AND ({r}.type = ANY(%s::text[]) OR ({r}.type = 'Group' AND {r}.hospital IS NULL)))"

# rules._is_about_reader, then rules._is_about_record. FALSE sorts first: at one depth a deny wins.
_CONSENTS = """(SELECT bool_and(d.permit) FROM (
SELECT DISTINCT ON (n.consent) n.permit FROM consent_node n
WHERE n.patient = {r}.patient AND n.custodian = {r}.hospital AND NOT n.never
AND (n.actors IS NULL OR n.actors && %s::text[])
AND (n.starts IS NULL OR n.ends IS NULL OR %s BETWEEN n.starts AND n.ends)
AND CASE WHEN n.purposes IS NULL THEN (NOT n.permit OR %s)
 WHEN n.permit THEN n.purposes && %s::text[] ELSE n.purposes && %s::text[] END
AND (n.classes IS NULL OR {r}.type = ANY(n.classes))
AND (n.instances IS NULL OR {r}.type || '/' || {r}.id = ANY(n.instances))
AND (n.data_low IS NULL OR n.data_high IS NULL OR CASE
 WHEN {r}.low IS NULL OR {r}.high IS NULL THEN NOT n.permit AND {r}.type <> 'Patient'
 WHEN n.permit THEN {r}.low BETWEEN n.data_low AND n.data_high AND ({r}.high <= n.data_high OR {r}.high >= %s)
 ELSE {r}.low <= n.data_high AND {r}.high >= n.data_low END)
ORDER BY n.consent, n.depth DESC, n.permit) d)"""

_NO_CONSENT = """({r}.patient IS NOT NULL AND {r}.hospital IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM consent_node n WHERE n.patient = {r}.patient AND n.custodian = {r}.hospital))"""


def predicate(
    request: Request, *, alias: str = "r", custodian_rule: bool = True, btg_default: bool = False
) -> tuple[str, list[object]]:
    """A condition, never NULL, over the columns type, id, patient, hospital, low, high of `alias`; its parameters."""
    if not alias.isidentifier():
        raise ValueError(f"{alias!r} is not a table alias.")
    clinical, parameters = _clinical(request, custodian_rule=custodian_rule, btg_default=btg_default)
    condition = f"({_DIRECTORY} OR COALESCE({clinical}, FALSE))"
    return condition.replace("{r}", alias), [list(DIRECTORY), *parameters]


def _clinical(request: Request, *, custodian_rule: bool, btg_default: bool) -> Sql:
    own: Sql = ("{r}.hospital = %s", [request.hospital]) if request.hospital else ("FALSE", [])
    if request.role == "patient":
        return "{r}.patient = ANY(%s::text[])", [list(request.patients)]
    if request.role in ("feed", "engineer"):
        return own
    if request.role != "clinician":
        return "FALSE", []
    condition, parameters = own if custodian_rule else ("FALSE", [])
    if btg_default and request.purpose == purpose.BREAK_THE_GLASS:
        condition = f"(COALESCE({condition}, FALSE) OR {_NO_CONSENT})"
    return f"COALESCE({_CONSENTS}, {condition})", [*_consents(request), *parameters]


def _consents(request: Request) -> list[object]:
    return [
        readers(request),
        request.at,
        purpose.covers_unnamed(request.purpose, permit=True),
        purpose.covering(request.purpose, permit=True),
        purpose.covering(request.purpose, permit=False),
        LATEST,
    ]
