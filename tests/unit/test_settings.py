"""docs/settings.md and medbridge/config say the same, both ways."""

import ast
import re
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parents[2]
READERS = {"text", "integer", "flag", "names"}
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
EXPRESSIONS = ast.parse((BASE / "medbridge" / "config" / "settings.py").read_text())


def reads() -> list[ast.Call]:
    calls = [node for node in ast.walk(EXPRESSIONS) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in READERS]


def name(call: ast.Call) -> str:
    argument = call.args[0]
    assert isinstance(argument, ast.Constant), f"line {call.lineno}: a setting's name must be written out"
    return str(argument.value)


def value(expression: ast.expr) -> str | None:
    """A default as this page writes it; None where it is computed."""
    match expression:
        case ast.Constant(value=""):
            return None
        case ast.Constant(value=constant):
            return str(constant)
        case ast.BinOp():
            return str(eval(ast.unparse(expression), {"__builtins__": {}}))
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id="DEVELOPMENT")):
            return "True`, dev: `False"
        case ast.IfExp(body=development, orelse=production):
            values = value(production), value(development)
            return "`, dev: `".join(part for part in values if part) or None
    return None


DOCUMENTED = {row[0]: row for row in ROW.findall((BASE / "docs" / "settings.md").read_text())}
READ = {name(call): call for call in reads()}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(DOCUMENTED) == set(READ)


@pytest.mark.parametrize("setting", sorted(READ))
def test_the_documented_default_is_the_real_one(setting: str) -> None:
    defaults = READ[setting].args[1:]
    expected = value(defaults[0]) if defaults else None
    assert expected is None or f"`{expected}`" in DOCUMENTED[setting][1]


def test_only_the_settings_read_the_environment() -> None:
    """So that no variable escapes this page. checks.py asks whether one was set at all."""
    allowed = {"medbridge/config/environment.py", "medbridge/checks.py"}
    readers = {
        str(path.relative_to(BASE))
        for package in ("medbridge", "anchoring")
        for path in (BASE / package).rglob("*.py")
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|os\.getenv", path.read_text())
    }
    assert readers <= allowed
