"""The rules of rules.py as one SQL condition, so that what may not be seen is never fetched, counted or sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from medbridge.consent import purpose
from medbridge.consent.marks import REFERS
from medbridge.consent.rules import DIRECTORY, Request, readers
from medbridge.fhir.dates import LATEST

# Keeps a value for the statement's parameters and returns the placeholder that stands for it.
Put = Callable[[object], str]

_DIRECTORY = (
    "({r}.patient IS NULL AND ({r}.type = ANY({directory}::text[]) OR ({r}.type = 'Group' AND {r}.hospital IS NULL)))"
)

# rules._is_about_record. FALSE sorts first: at one depth a deny wins.
_RULING = """(SELECT bool_and(d.permit) FROM (
SELECT DISTINCT ON (n.consent) n.permit FROM {nodes} n
WHERE n.patient = {r}.patient AND n.custodian = {r}.hospital{reader}
AND (n.classes IS NULL OR {r}.type = ANY(n.classes))
AND (n.instances IS NULL OR {r}.type || '/' || {r}.id = ANY(n.instances) OR {r}.marks && n.links
 OR (n.sources <> '{}' AND {r}.type <> 'Patient'
  AND records_refer(n.sources, n.patient, n.custodian, {r}.key # {refers}::bigint)))
AND (n.labels IS NULL OR ({r}.labels && n.labels AND (n.labels_within IS NULL OR {r}.labels <@ n.labels_within)))
AND (n.codes IS NULL OR {r}.marks && n.codes)
AND (n.data_low IS NULL OR n.data_high IS NULL OR CASE
 WHEN {r}.low IS NULL OR {r}.high IS NULL THEN NOT n.permit AND {r}.type <> 'Patient'
 WHEN n.permit THEN {r}.low BETWEEN n.data_low AND n.data_high AND ({r}.high <= n.data_high OR {r}.high >= {open})
 ELSE {r}.low <= n.data_high AND {r}.high >= n.data_low END)
ORDER BY n.consent, n.depth DESC, n.permit) d)""".replace("{refers}", f"({REFERS})")

_OPEN_TYPES = list(DIRECTORY)
_MAYBE_OPEN = frozenset({*DIRECTORY, "Group"})
_GATHERED, _OPEN = "readers_nodes", "readers_open"
_COLUMNS = (
    "n.patient, n.custodian, n.consent, n.depth, n.permit, n.classes, n.instances, n.data_low, n.data_high,"
    " n.labels, n.labels_within, n.codes, n.links, n.sources"
)

# Where no node depends on the record, each custodian's data are open as a whole, or closed: computed once.
_PLAIN = "n.classes IS NULL AND n.instances IS NULL AND n.labels IS NULL AND n.codes IS NULL AND n.data_low IS NULL"
_CUSTODIANS = f"""ARRAY(SELECT custodian FROM (
SELECT DISTINCT ON (custodian, consent) custodian, permit FROM {_GATHERED}
ORDER BY custodian, consent, depth DESC, permit) d
GROUP BY custodian HAVING bool_and(permit))"""  # noqa: S608

_NO_CONSENT = """({r}.patient IS NOT NULL AND {r}.hospital IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM consent_node n WHERE n.patient = {r}.patient AND n.custodian = {r}.hospital))"""


@dataclass(frozen=True)
class Visible:
    """What one reader may see of tables with the columns key, type, id, patient, hospital, low, high, labels, marks.

    custodian: of these rows only those whose custodian it is, and the directory. nothing: no row at all.
    """

    request: Request
    custodian_rule: bool = True
    btg_default: bool = False
    custodian: str | None = None
    nothing: bool = False
    gathered_for: tuple[str, ...] | None = None
    presumed_for: str | None = None
    nobody_else: bool = False

    def condition(self, alias: str, put: Put, types: Sequence[str] = ()) -> str:
        """A condition over the table called `alias`, true or false, never NULL. types: of its rows; none: any."""
        if not alias.isidentifier():
            raise ValueError(f"{alias!r} is not a table alias.")
        if self.nothing:
            return "FALSE"
        condition = f"COALESCE({self._clinical(put)}, FALSE)"
        if not types or not _MAYBE_OPEN.isdisjoint(types):
            condition = f"({_DIRECTORY.replace('{directory}', put(_OPEN_TYPES))} OR {condition})"
        if self.custodian is not None:
            condition = f"({condition} AND ({{r}}.patient IS NULL OR {{r}}.hospital = {put(self.custodian)}))"
        return condition.replace("{r}", alias)

    def gather(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, "Visible"]:
        """A common table expression, or "", and the same condition for statements that begin `WITH` it.

        It holds the nodes over these Patients' data that are about this reader, so that a row has only to be compared
        with those. A row of anybody else is judged as before; nobody_else: is not seen, for a statement that has no
        business with it, and is spared the second half of the condition.
        """
        if self.nothing or self.request.role != "clinician":
            return "", self
        reader = _about(self.request, put)
        table = (
            f"{_GATHERED} AS MATERIALIZED (SELECT {_COLUMNS}, {_asked(patients, put)} FROM consent_node n"  # noqa: S608
            f" WHERE n.patient = ANY({put(list(patients))}::text[]) AND {reader})"
        )
        return table, replace(self, gathered_for=tuple(patients), nobody_else=nobody_else)

    def presume(self, patients: Sequence[str], put: Put, *, nobody_else: bool = False) -> tuple[str, "Visible", str]:
        """Common table expressions, or "", the same condition, cheaper, and what must be true for it to be the same.

        Presumed is that no consent over the one Patient's data makes a difference between records of one custodian.
        The statement has to prove it, and to give nothing where it is not so: gather() serves then.
        """
        breaks = self.btg_default and self.request.purpose == purpose.BREAK_THE_GLASS
        if len(patients) != 1 or breaks or self.nothing or self.request.role != "clinician":
            return *self.gather(patients, put, nobody_else=nobody_else), "TRUE"
        patient, own, rules = patients[0], self.request.hospital, "ARRAY[]::text[]"
        if own and self.custodian_rule:
            one = put(own)
            ruled = f"EXISTS (SELECT FROM {_GATHERED} WHERE custodian = {one})"
            rules = f"CASE WHEN {ruled} THEN ARRAY[]::text[] ELSE ARRAY[{one}]::text[] END"
        nodes = (
            f"{_GATHERED} AS MATERIALIZED (SELECT n.custodian, n.consent, n.depth, n.permit, {_PLAIN} AS plain"  # noqa: S608
            f" FROM consent_node n WHERE n.patient = {put(patient)} AND {_about(self.request, put)})"
        )
        tables = (
            f"{nodes}, {_OPEN} AS MATERIALIZED (SELECT {_CUSTODIANS} || {rules} AS custodians, {_asked(patients, put)})"
        )
        proof = f"NOT EXISTS (SELECT FROM {_GATHERED} WHERE NOT plain)"
        return tables, replace(self, presumed_for=patient, nobody_else=nobody_else), proof

    def state(self, alias: str, put: Put) -> str:
        """The number of the rules over the data of the row's Patient, as this statement sees them (ConsentState).

        NULL where there never were any, or where they are not what decides.
        """
        if self.nothing or self.request.role != "clinician":
            return "NULL::bigint"
        number = "(SELECT s.number FROM consent_state s WHERE s.patient = {patient})"
        each = number.replace("{patient}", f"{alias}.patient")
        gathered = self.gathered_for or ()
        if self.presumed_for is None and len(gathered) != 1:
            return each
        known = self.presumed_for or gathered[0]
        # Computed once for the statement, where a lookup for each row takes longer than all the rest of it.
        one = number.replace("{patient}", put(known))
        return f"CASE WHEN {alias}.patient = {put(known)} THEN {one}{'' if self.nobody_else else f' ELSE {each}'} END"

    def widely(self) -> "Visible":
        """The same without `nobody_else`."""
        return replace(self, nobody_else=False)

    def _clinical(self, put: Put) -> str:
        request = self.request
        if request.role == "patient":
            return f"{{r}}.patient = ANY({put(list(request.patients))}::text[])"
        if request.role not in ("feed", "engineer", "clinician"):
            return "FALSE"
        rules = request.hospital and (self.custodian_rule or request.role != "clinician")
        standing = f"{{r}}.hospital = {put(request.hospital)}" if rules else "FALSE"
        if request.role != "clinician":
            return standing
        if self.btg_default and request.purpose == purpose.BREAK_THE_GLASS:
            standing = f"(COALESCE({standing}, FALSE) OR {_NO_CONSENT})"
        if self.presumed_for is not None:
            near = f"{{r}}.hospital = ANY((SELECT custodians FROM {_OPEN})::text[])"  # noqa: S608
            others = "" if self.nobody_else else f" ELSE COALESCE({self._ruling(put)}, {standing})"
            nobodys = f"WHEN {{r}}.patient IS NULL THEN {standing}"
            return f"CASE WHEN {{r}}.patient = {put(self.presumed_for)} THEN {near} {nobodys}{others} END"
        if self.gathered_for is None:
            return f"COALESCE({self._ruling(put)}, {standing})"
        near = _RULING.replace("{open}", put(LATEST)).replace("{nodes}", _GATHERED).replace("{reader}", "")
        others = "FALSE" if self.nobody_else else self._ruling(put)
        # CASE computes one branch only. Of a row without a Patient no consent speaks.
        return (
            f"COALESCE(CASE WHEN {{r}}.patient = ANY({put(list(self.gathered_for))}::text[]) THEN {near}"
            f" WHEN {{r}}.patient IS NOT NULL THEN {others} END, {standing})"
        )

    def _ruling(self, put: Put) -> str:
        reader = f"\nAND {_about(self.request, put)}"
        ruling = _RULING.replace("{open}", put(LATEST)).replace("{reader}", reader)
        return ruling.replace("{nodes}", "consent_node")


def _asked(patients: Sequence[str], put: Put) -> str:
    """Tells the second wall (migration records 0006) whom it is about: what is open is then computed once."""
    return f"set_config('medbridge.asked', {put(' '.join(patients))}, TRUE)"


def _about(request: Request, put: Put) -> str:
    """rules._is_about_reader, of a node n."""
    names, permits, denials, unnamed = _asking(request)
    return f"""n.reader = ANY({put(names)}::text[])
AND (n.starts IS NULL OR n.ends IS NULL OR {put(request.at)} BETWEEN n.starts AND n.ends)
AND CASE WHEN n.purposes IS NULL THEN (NOT n.permit OR {put(unnamed)}::boolean)
 WHEN n.permit THEN n.purposes && {put(permits)}::text[] ELSE n.purposes && {put(denials)}::text[] END"""


# A statement that names several tables asks for the same values again, and may send them once.
@lru_cache(maxsize=64)
def _asking(request: Request) -> tuple[list[str], list[str], list[str], bool]:
    """As ConsentNode.reader names the reader; purposes of a permit, of a deny; whether a permit may name none."""
    return (
        ["", *readers(request)],
        purpose.covering(request.purpose, permit=True),
        purpose.covering(request.purpose, permit=False),
        purpose.covers_unnamed(request.purpose, permit=True),
    )
