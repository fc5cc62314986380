"""fixed[x] and pattern[x] (R4 elementdefinition.html): exactly this value, or at least this."""

from __future__ import annotations

from typing import Any


def is_same(wanted: Any, value: Any) -> bool:
    """Whether a value is the fixed one: nothing missing, nothing more. 1.0 and 1.00 are one number."""
    if isinstance(wanted, dict):
        return (
            isinstance(value, dict)
            and wanted.keys() == value.keys()
            and all(is_same(wanted[key], value[key]) for key in wanted)
        )
    if isinstance(wanted, list):
        return isinstance(value, list) and len(wanted) == len(value) and all(map(is_same, wanted, value))
    return bool(wanted == value) and isinstance(wanted, bool) == isinstance(value, bool)


def matches(wanted: Any, value: Any) -> bool:
    """Whether a value holds a pattern: every element of it, and for arrays each item somewhere."""
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(key in value and matches(wanted[key], value[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(value, list) and all(any(matches(one, item) for item in value) for one in wanted)
    return is_same(wanted, value)


def spelled(wanted: Any) -> str:
    """A fixed value or pattern in a sentence: `coding: system=http://loinc.org, code=85354-9`."""
    if isinstance(wanted, dict):
        return ", ".join(
            f"{key}: {spelled(v)}" if isinstance(v, dict | list) else f"{key}={v}" for key, v in wanted.items()
        )
    if isinstance(wanted, list):
        return " and ".join(spelled(item) for item in wanted)
    return f'"{wanted}"' if isinstance(wanted, str) else str(wanted).lower()
