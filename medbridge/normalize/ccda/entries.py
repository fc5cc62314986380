"""Which mapping an entry gets: by its template, else by its section, else by what kind of statement it is."""

from __future__ import annotations

from collections.abc import Callable

from medbridge.normalize.ccda import allergies, encounters, immunizations, medications, observations, problems
from medbridge.normalize.ccda.procedures import procedure
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import attribute, every, local, templates
from medbridge.normalize.ccda.xml import Element

Mapping = Callable[[Context, Element], object]

C_CDA = "2.16.840.1.113883.10.20.22.4."
TEMPLATES: dict[str, Mapping] = {
    **dict.fromkeys((C_CDA + n for n in ("3", "33", "34", "51", "65", "80")), problems.concern),
    C_CDA + "4": problems.problem,
    C_CDA + "30": allergies.concern,
    C_CDA + "7": allergies.allergy,
    **dict.fromkeys((C_CDA + n for n in ("16", "42")), medications.medication),
    **dict.fromkeys((C_CDA + n for n in ("35", "36")), medications.within),
    C_CDA + "52": immunizations.immunization,
    C_CDA + "1": observations.report,
    **dict.fromkeys((C_CDA + n for n in ("12", "13", "14")), procedure),
    C_CDA + "49": encounters.encounter,
}
# LOINC code of the section and kind of statement, for systems (and C-CDA R1.1) that send other templates or none.
SECTIONS: dict[tuple[str, str], Mapping] = {
    ("11450-4", "act"): problems.concern,
    ("48765-2", "act"): allergies.concern,
    ("10160-0", "substanceAdministration"): medications.medication,
    ("10183-2", "substanceAdministration"): medications.medication,
    ("11369-6", "substanceAdministration"): immunizations.immunization,
    ("30954-2", "organizer"): observations.report,
    ("47519-4", "procedure"): procedure,
    ("46240-8", "encounter"): encounters.encounter,
}
# Everything else that was observed is an Observation whatever its template; WS/T 500 documents consist of these.
KINDS: dict[str, Mapping] = {
    "observation": observations.observation,
    "organizer": observations.members,
    "procedure": procedure,
    "substanceAdministration": medications.medication,
}
# Of these also what is only intended has a place; an intended observation or procedure is an order, not a fact.
INTENDED = {medications.medication, medications.within}
# Relatives' diseases are not the patient's: an Observation made of these would be read as hers.
NOT_THE_PATIENT = {C_CDA + "45", C_CDA + "46"}


def convert_section(context: Context, section: Element) -> None:
    """Adds the resources of the section's entries; one that cannot be taken is a problem and costs no other."""
    context.section = attribute(section, "code", "code")
    for statement in every(section, "entry/*"):
        if local(statement) not in ("realmCode", "typeId", "templateId"):
            _convert(context, statement)


def _convert(context: Context, statement: Element) -> None:
    mapping = _mapping(context.section, statement)
    if mapping is None:
        mood = statement.get("moodCode", "")
        reason = f"no mapping for this {local(statement)}{f' (mood {mood})' if mood else ''}; kept in the original"
        return context.problem(statement, reason, "unmapped")
    try:
        mapping(context, statement)
    except EntryError as error:
        context.problem(statement, f"{error}; left out")
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A case the mapping did not foresee. The other entries, and the original, are worth more than the surprise.
        context.problem(statement, f"the mapping failed ({type(error).__name__}: {error}); left out")
    return None


def _mapping(section: str, statement: Element) -> Mapping | None:
    known = templates(statement)
    kind = local(statement)
    named = next((TEMPLATES[each] for each in TEMPLATES if each in known), None)
    mapping = named or SECTIONS.get((section, kind)) or KINDS.get(kind)
    intended = statement.get("moodCode", "EVN") not in ("EVN", "DEF")
    if known & NOT_THE_PATIENT or (intended and mapping not in INTENDED):
        return None
    return mapping
