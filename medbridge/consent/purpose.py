"""Purposes of use and what contains what: the PurposeOfUse branch of HL7 v3 ActReason (FHIR R4, v3-codesystems)."""

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
BREAK_THE_GLASS = "BTG"

_CHILDREN = {
    "PurposeOfUse": "HMARKT HOPERAT HPAYMT HRESCH PATRQT PUBHLTH TREAT",
    "HOPERAT": (
        "CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN "
        "MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN"
    ),
    "HSYSADMIN": "LABELING METAMGT",
    "SYSDEV": "HTEST",
    "HPAYMT": "CLMATTCH COVAUTH COVERAGE REMITADV",
    "COVERAGE": "ELIGDTRM ELIGVER ENROLLM MILDCRG",
    "HRESCH": "BIORCH CLINTRCH DSRCH POARCH TRANSRCH",
    "CLINTRCH": "CLINTRCHNPC CLINTRCHPC PRECLINTRCH",
    "PATRQT": "FAMRQT PWATRNY SUPNWK",
    "PUBHLTH": "DISASTER THREAT",
    "TREAT": "CLINTRL COC ETREAT POPHLTH",
    "ETREAT": "BTG ERTREAT",
}
_PARENT = {child: parent for parent, children in _CHILDREN.items() for child in children.split()}
CODES = frozenset(_PARENT) | {"PurposeOfUse"}


def covering(purpose: str, *, permit: bool) -> list[str]:
    """Every purpose a provision may name to be about this one: itself and what contains it.

    A permit for TREAT is none for breaking the glass, though BTG lies below it (DESIGN 5.10): it must name BTG.
    """
    codes = [purpose]
    if permit and purpose == BREAK_THE_GLASS:
        return codes
    while codes[-1] in _PARENT:
        codes.append(_PARENT[codes[-1]])
    return codes


def covers_unnamed(purpose: str, *, permit: bool) -> bool:
    """Whether a provision that names no purpose is about this one: a permit of any purpose does not break the glass."""
    return not (permit and purpose == BREAK_THE_GLASS)


def texts(coding: dict[str, object]) -> list[str]:
    """How a request may write this purpose: the bare code, or `system|code` for a code of another system.

    Empty for what cannot be told apart: no code, or another system's code that reads like one of ActReason.
    """
    system, code = coding.get("system"), coding.get("code")
    if not isinstance(code, str) or not code or not f"{system}{code}".isprintable():
        return []
    if system == ACT_REASON:
        return [code] if code in CODES else []
    if code in CODES:
        return []
    return [code, f"{system}|{code}"] if system else [code]
