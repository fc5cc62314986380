"""XAD and XTN: addresses and telecommunication."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element
from medbridge.normalize.hl7v2.tables import lookup


def address(context: Context, element: Element) -> dict[str, Any]:
    """XAD -> Address. XAD.1 is one line in 2.3 and street, street name, number (SAD) since 2.5."""
    use, kind = (lookup(f"AddressType[{part}]", element.part(7)) for part in ("Use", "Type"))
    street = element.part(1) or " ".join(part for n in (2, 3) if (part := element.part(1, n)))
    return compact(
        {
            "use": use.code if use else "",
            "type": kind.code if kind else "",
            "line": [line for line in (street, element.part(2), element.part(19)) if line],
            "city": element.part(3),
            "district": element.part(9, 2) or element.part(9),
            "state": element.part(4),
            "postalCode": element.part(5),
            "country": element.part(6),
            "period": compact({"start": context.date_time(element, 13), "end": context.date_time(element, 14)}),
        }
    )


def addresses(context: Context, elements: list[Element]) -> list[dict[str, Any]]:
    found = (address(context, element) for element in elements)
    return [each for each in found if each.keys() - {"use", "type"}]


def telecom(element: Element, default_use: str = "") -> dict[str, Any]:
    """XTN -> ContactPoint; {} without a number or address. default_use: what the field itself means (home, work)."""
    value = element.part(4) or element.part(12) or element.part(1) or _assembled(element)
    if not value:
        return {}
    equipment, use = lookup("TelecommunicationEquipmentType", element.part(3)), _use(element, default_use)
    system = equipment.code if equipment else ("email" if "@" in value else "phone")
    if system == "mobile":  # table 0202's CP says two things in FHIR's terms
        system, use = "phone", "mobile"
    return compact({"system": system, "value": value, "use": use})


def _use(element: Element, default_use: str) -> str:
    found = lookup("TelecommunicationUseCode", element.part(2))
    return found.code if found else ("" if element.part(2) else default_use)


def _assembled(element: Element) -> str:
    country, area, number, extension = (element.part(n) for n in (5, 6, 7, 8))
    if not number:
        return ""
    parts = [f"+{country.lstrip('+')}" if country else "", area, number, f"ext. {extension}" if extension else ""]
    return " ".join(part for part in parts if part)


def telecoms(elements: list[Element], default_use: str = "") -> list[dict[str, Any]]:
    return [point for element in elements if (point := telecom(element, default_use))]
