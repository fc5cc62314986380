"""Invariants of the forms, terminologies and capability resources that hospitals exchange."""

from __future__ import annotations

from collections.abc import Iterator

from medbridge.fhir.invariants.rule import Object, Rule, Table, at_most_one, distinct, has, needs, one, some

_ANSWERED = {"choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"}
_SIZED = {"boolean", "decimal", "integer", "string", "text", "url", "open-choice"}


def _items(value: Object) -> Iterator[Object]:
    for item in value.get("item", ()):
        yield item
        yield from _items(item)


def _concepts(value: Object) -> Iterator[Object]:
    for concept in value.get("concept", ()):
        yield concept
        yield from _concepts(concept)


def _grouped(item: Object) -> bool:
    kind = item.get("type")
    return not (kind == "group" and "item" not in item) and not (kind == "display" and "item" in item)


def _initials(item: Object) -> bool:
    return item.get("repeats") is True or len(item.get("initial", ())) <= 1


def _software(value: Object) -> bool:
    return has(value, "description", "software", "implementation")


def _for_instance(value: Object) -> bool:
    return value.get("kind") != "instance" or "implementation" in value


def _for_capability(value: Object) -> bool:
    return value.get("kind") != "capability" or ("implementation" not in value and "software" in value)


def _for_requirements(value: Object) -> bool:
    return value.get("kind") != "requirements" or not has(value, "implementation", "software")


def _endpoint(value: Object) -> bool:
    return value.get("kind") == "instance" or not any("endpoint" in each for each in value.get("messaging", ()))


def _distinct_documents(value: Object) -> bool:
    return distinct([(each.get("profile"), each.get("mode")) for each in value.get("document", ())])


def _known_groupings(definition: Object) -> bool:
    known = {grouping.get("id") for grouping in definition.get("grouping", ())}
    return all(each["groupingId"] in known for each in definition.get("resource", ()) if "groupingId" in each)


def _known_versions(guide: Object) -> bool:
    known = set(guide.get("fhirVersion", ()))
    resources = guide.get("definition", {}).get("resource", ())
    return all(version in known for each in resources for version in each.get("fhirVersion", ()))


def _one_preferred(system: Object) -> bool:
    return distinct([each.get("type") for each in system.get("uniqueId", ()) if each.get("preferred") is True])


def _most(focus: Object) -> bool:
    most = focus.get("max", "*")
    return bool(most == "*" or (most.isascii() and most.isdigit() and most.strip("0")))


def _versions_coded(system: Object) -> bool:
    versions = system.get("version", ())
    return len(versions) < 2 or all(has(version, "code") for version in versions)


CONFORMANCE: Table = {
    "Questionnaire": (
        Rule(
            "que-2",
            lambda v: distinct([item.get("linkId") for item in _items(v)]),
            "Each linkId is there once",
            ".item",
        ),
    ),
    "Questionnaire.item": (
        Rule("que-1", _grouped, "A group has items, a display has none", ".item"),
        Rule("que-3", lambda v: v.get("type") != "display" or "code" not in v, "A display has no code", ".code"),
        Rule("que-4", at_most_one("answerOption", "answerValueSet"), "Send answerOption or answerValueSet"),
        Rule(
            "que-5",
            lambda v: v.get("type") in _ANSWERED or not has(v, "answerOption", "answerValueSet"),
            "An item of this type has no answer options",
        ),
        Rule(
            "que-6",
            lambda v: v.get("type") != "display" or not has(v, "required", "repeats"),
            "A display is neither required nor repeated",
        ),
        Rule(
            "que-8",
            lambda v: v.get("type") not in ("group", "display") or "initial" not in v,
            "A group or display has no initial value",
            ".initial",
        ),
        Rule("que-9", lambda v: v.get("type") != "display" or not has(v, "readOnly"), "A display has no readOnly"),
        Rule(
            "que-10",
            lambda v: v.get("type") in _SIZED or not has(v, "maxLength"),
            "maxLength is for simple answers",
            ".maxLength",
        ),
        Rule("que-11", at_most_one("answerOption", "initial"), "Mark the initial option inside answerOption"),
        Rule(
            "que-12",
            lambda v: len(v.get("enableWhen", ())) <= 2 or has(v, "enableBehavior"),
            "Several enableWhen need enableBehavior",
            ".enableBehavior",
        ),
        Rule("que-13", _initials, "Only a repeating item has several initial values", ".initial"),
    ),
    "Questionnaire.item.enableWhen": (
        Rule(
            "que-7",
            lambda v: v.get("operator") != "exists" or has(v, "answerBoolean"),
            'The operator "exists" takes answerBoolean',
        ),
    ),
    "QuestionnaireResponse.item": (
        Rule("qrs-1", at_most_one("answer", "item"), "Nested items go inside the answer where there is one"),
    ),
    "CapabilityStatement": (
        Rule("cpb-1", some("rest", "messaging", "document"), "Send rest, messaging or document"),
        Rule("cpb-3", _endpoint, "A messaging endpoint is that of an instance", ".messaging"),
        Rule("cpb-7", _distinct_documents, "Each profile and mode of documents is there once", ".document"),
        Rule("cpb-2", _software, "Send description, software or implementation"),
        Rule("cpb-14", _for_instance, "An instance needs implementation", ".implementation"),
        Rule("cpb-15", _for_capability, "A capability needs software and has no implementation", ".software"),
        Rule("cpb-16", _for_requirements, "Requirements have neither software nor implementation"),
    ),
    "CapabilityStatement.rest": (
        Rule("cpb-9", lambda v: distinct([r["type"] for r in v.get("resource", ())]), "Each type once", ".resource"),
    ),
    "CapabilityStatement.rest.resource": (
        Rule("cpb-12", lambda v: distinct([p["name"] for p in v.get("searchParam", ())]), "Once each", ".searchParam"),
    ),
    "CodeSystem": (
        Rule("csd-1", lambda v: distinct([c.get("code") for c in _concepts(v)]), "Each code is there once", ".concept"),
    ),
    "ConceptMap.group.element.target": (
        Rule(
            "cmd-1",
            lambda v: has(v, "comment") or v.get("equivalence") not in ("narrower", "inexact"),
            "A narrower or inexact target needs a comment",
            ".comment",
        ),
    ),
    "ConceptMap.group.unmapped": (
        Rule("cmd-2", lambda v: v.get("mode") != "fixed" or has(v, "code"), "A fixed mapping needs its code", ".code"),
        Rule("cmd-3", lambda v: v.get("mode") != "other-map" or has(v, "url"), "Another map needs its url", ".url"),
    ),
    "OperationDefinition.parameter": (
        Rule("opd-1", some("type", "part"), "Send type or part"),
        Rule(
            "opd-3",
            lambda v: not has(v, "targetProfile") or v.get("type") in ("Reference", "canonical"),
            "targetProfile is for Reference and canonical",
            ".targetProfile",
        ),
        Rule("opd-2", lambda v: not has(v, "searchType") or v.get("type") == "string", "searchType is for strings"),
    ),
    "ImplementationGuide": (
        Rule("ig-2", _known_versions, "A resource is for versions that the guide is for", ".definition.resource"),
    ),
    "ImplementationGuide.definition": (
        Rule("ig-1", _known_groupings, "groupingId names a grouping of this guide", ".resource"),
    ),
    "Measure.group.stratifier": (
        Rule(
            "mea-1",
            lambda v: has(v, "code", "description", "criteria") != has(v, "component"),
            "Send one criterion or components",
        ),
    ),
    "MeasureReport.group.stratifier.stratum": (Rule("mrp-2", one("value", "component"), "Send value or component"),),
    "MessageDefinition.focus": (Rule("md-1", _most, 'max is a positive number or "*"', ".max"),),
    "NamingSystem": (
        Rule(
            "nsd-1",
            lambda v: v.get("kind") != "root" or all(each.get("type") != "uuid" for each in v.get("uniqueId", ())),
            "A root has no UUID",
            ".uniqueId",
        ),
        Rule("nsd-2", _one_preferred, "One identifier of a type is preferred", ".uniqueId"),
    ),
    "StructureMap.group.rule.target": (
        Rule("smp-1", needs("element", "context"), "element needs context", ".context"),
        Rule("smp-2", needs("context", "contextType"), "context needs contextType", ".contextType"),
    ),
    "TerminologyCapabilities": (
        Rule("tcp-2", _software, "Send description, software or implementation"),
        Rule("tcp-3", _for_instance, "An instance needs implementation", ".implementation"),
        Rule("tcp-4", _for_capability, "A capability needs software and has no implementation", ".software"),
        Rule("tcp-5", _for_requirements, "Requirements have neither software nor implementation"),
    ),
    "TerminologyCapabilities.codeSystem": (
        Rule("tcp-1", _versions_coded, "Of several versions each has its code", ".version"),
    ),
    "SearchParameter": (
        Rule("spd-1", needs("xpath", "xpathUsage"), "xpath needs xpathUsage", ".xpathUsage"),
        Rule("spd-2", lambda v: "chain" not in v or v.get("type") == "reference", "chain is for references", ".chain"),
    ),
    "ValueSet.compose.include": (
        Rule("vsd-1", some("valueSet", "system"), "Send system or valueSet"),
        Rule("vsd-2", lambda v: "system" in v or not has(v, "concept", "filter"), "concept and filter need a system"),
        Rule("vsd-3", at_most_one("concept", "filter"), "Send concept or filter, not both"),
    ),
    "ValueSet.expansion.contains": (
        Rule("vsd-6", some("code", "display"), "Send code or display"),
        Rule(
            "vsd-9", lambda v: has(v, "code") or v.get("abstract") is True, "Only an abstract item has no code", ".code"
        ),
        Rule("vsd-10", needs("code", "system"), "A code needs its system", ".system"),
    ),
}
