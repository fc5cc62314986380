"""Invariants of TestScript and TestReport (R4 2.32, 2.33): setup and test have the same, under keys of their own."""

from __future__ import annotations

from medbridge.fhir.invariants.rule import Object, Rule, Table, has, one

_ASSERTED = (
    *("contentType", "expression", "headerField", "minimumId", "navigationLinks", "path"),
    *("requestMethod", "resource", "responseCode", "response", "validateProfileId"),
)
_NEEDS_NO_TARGET = {"capabilities", "search", "transaction", "history"}


def _addressed(operation: Object) -> bool:
    if has(operation, "sourceId") or operation.get("type", {}).get("code") in _NEEDS_NO_TARGET:
        return True
    return sum(has(operation, key) for key in ("targetId", "url", "params")) == 1


def _asserts_once(value: Object) -> bool:
    return "extension" in value or sum(has(value, key) for key in _ASSERTED) <= 1


def _compared(value: Object) -> bool:
    return has(value, "compareToSourceId") == has(value, "compareToSourceExpression", "compareToSourcePath")


def _directed(value: Object) -> bool:
    return value.get("direction") != "request" or not has(value, "response", "responseCode")


def _action(key: str) -> tuple[Rule, ...]:
    return (Rule(key, one("operation", "assert"), "Send operation or assert"),)


TESTING: Table = {
    "TestReport.setup.action": _action("inv-1"),
    "TestReport.test.action": _action("inv-2"),
    "TestScript.setup.action": _action("tst-1"),
    "TestScript.test.action": _action("tst-2"),
    "TestScript.variable": (
        Rule(
            "tst-3",
            lambda v: not all(has(v, key) for key in ("expression", "headerField", "path")),
            "Send expression, headerField or path",
        ),
    ),
    # TestScript.test and .teardown share these two types with .setup (contentReference), so one rule has all keys.
    "TestScript.setup.action.operation": (
        Rule("tst-7/tst-8/tst-9", _addressed, "Send sourceId, or exactly one of targetId, url and params"),
    ),
    "TestScript.setup.action.assert": (
        Rule("tst-5/tst-6", _asserts_once, "An assert asserts one thing"),
        Rule("tst-10/tst-11", _compared, "compareToSourceId goes with compareToSourceExpression or -Path"),
        Rule("tst-12/tst-13", _directed, "An assert about a request has no response and no responseCode"),
    ),
}
