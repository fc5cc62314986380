"""The house rules that a machine can hold (CONTRIBUTING.md)."""

import ast
import re
import statistics
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from medbridge.api.metadata import RELEASED, VERSION

BASE = Path(__file__).resolve().parents[2]
PACKAGES = ("medbridge", "anchoring", "tools", "tests")
MODULE_LINES = 500
MODULE_LINES_MEDIAN = 90
FUNCTION_LINES = 40
FUNCTION_LINES_MOST = 15
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base"}  # they name no thing
REQUIRED = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "docs/architecture.md",
    "docs/formats.md",
    "docs/settings.md",
    "docs/adr",
    "docker/Dockerfile",
    "docker/compose.yaml",
)


def modules() -> list[Path]:
    found = (path for package in PACKAGES for path in (BASE / package).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts and path.stat().st_size)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(BASE)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("required", REQUIRED)
def test_the_project_has(required: str) -> None:
    assert (BASE / required).exists()


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(BASE)): len(path.read_text().splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > MODULE_LINES} == {}
    assert statistics.median(lengths.values()) < MODULE_LINES_MEDIAN


def test_functions_are_short() -> None:
    lengths = dict(function for path in modules() for function in functions(path))
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}
    assert statistics.median(lengths.values()) < FUNCTION_LINES_MOST


def test_every_module_is_named_after_what_it_is() -> None:
    nameless = [path for path in modules() if {path.stem, path.parent.name} & NAMELESS]
    assert nameless == []


def test_there_are_no_signals() -> None:
    users = [p for p in modules() if "django.dispatch" in p.read_text() or "db.models.signals" in p.read_text()]
    assert [path for path in users if path != Path(__file__)] == []


def test_what_the_project_makes_is_not_committed() -> None:
    made = ["var", "staticfiles", ".venv", "*.pyc", "*_cache/*", "*.egg-info/*"]
    listed = subprocess.run(["git", "ls-files", *made], cwd=BASE, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("NOT A GIT CHECKOUT: cannot tell what is committed")
    assert listed.stdout == b""


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_hashes(lock: str) -> None:
    blocks = (BASE / lock).read_text().replace("\\\n", " ").splitlines()
    pinned = [line for line in blocks if line and not line.lstrip().startswith("#")]
    assert pinned
    assert [line for line in pinned if "==" not in line or "--hash=sha256:" not in line] == []


def test_one_version_everywhere() -> None:
    project = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## \[(\d.*?)\] - (.*)$", (BASE / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert (project["version"], newest[1], newest[2]) == (VERSION, VERSION, RELEASED)
