"""Every text of the desks goes through gettext and is there in Chinese."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from anchoring.core import checks
from anchoring.core.anchors import bitcoin, calendar, evm
from medbridge.actions.read_record import HIDDEN
from medbridge.desk import words

DESK = Path(words.__file__).parent
CATALOG = DESK / "locale" / "zh_Hans" / "LC_MESSAGES"
TEMPLATES = sorted(DESK.glob("templates/**/*.html"))
MODULES = sorted(DESK.rglob("*.py"))

_TRANSLATE = re.compile(r"""{% translate (?:"([^"]*)"|'([^']*)')""")
_BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}", re.S)
_CALLS = {"_": 0, "gettext": 0, "gettext_lazy": 0, "pgettext_lazy": 1}
# Names and formats that are the same in every language.
_UNTRANSLATED = {
    "MedBridge",
    "Patient/",
    "SHA-256",
    "UTC",
    ".ots",
    "/log/",
    "/fhir/metadata",
    "python -m anchoring verify RECEIPT DOCUMENT",
}


def of_template(path: Path) -> Iterator[str]:
    source = path.read_text()
    yield from (double or single for double, single in _TRANSLATE.findall(source))
    for body in _BLOCK.findall(source):
        yield re.sub(r"{{ (\w+) }}", r"%(\1)s", body)


def of_module(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            argument = node.args[_CALLS[node.func.id]]
            assert isinstance(argument, ast.Constant), f"{path.name}:{node.lineno} translates what is not a literal"
            yield str(argument.value)


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    """msgid -> translation, from the compiled catalogue that is served."""
    with (CATALOG / "django.mo").open("rb") as file:
        catalog = vars(gettext.GNUTranslations(file))["_catalog"]
    plain = {key[0] if isinstance(key, tuple) else key: text for key, text in catalog.items() if key}
    return {key.rpartition("\x04")[2]: text for key, text in plain.items()}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_text_of_a_template_is_in_chinese(path: Path, chinese: dict[str, str]) -> None:
    assert [text for text in of_template(path) if not chinese.get(text)] == []


def test_every_text_of_the_code_is_in_chinese(chinese: dict[str, str]) -> None:
    texts = [text for path in MODULES for text in of_module(path)]
    assert len(texts) > 100
    assert [text for text in texts if not chinese.get(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_text_outside_gettext(path: Path) -> None:
    source = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", path.read_text(), flags=re.S)
    source = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "\n", source, flags=re.S)
    attributes = re.findall(r'(?:aria-label|title|alt|placeholder|data-label)="([^"]*)"', source)
    bare = [line.strip(" ·") for line in re.sub(r"<[^>]*>", "\n", source).splitlines()]
    left = [text for text in (*bare, *attributes) if re.search(r"[^\W\d_]{2}", text) and text not in _UNTRANSLATED]
    assert left == []


def test_the_compiled_catalogue_is_that_of_the_source(chinese: dict[str, str]) -> None:
    """A fresh machine has no msgfmt, so the compiled one is committed: msgfmt -o django.mo django.po."""
    source = (CATALOG / "django.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? "(.*)"$', source, re.M)
    assert {unquoted(key): unquoted(text) for key, text in pairs} == chinese


def test_no_translation_is_marked_as_doubtful() -> None:
    assert "fuzzy" not in (CATALOG / "django.po").read_text()


def test_every_check_of_the_verifier_has_a_title() -> None:
    of_kinds = [finding for kind in (bitcoin, calendar, evm) for finding in kind._FINDINGS]
    found = {finding.title for finding in (*checks.RECEIPT, checks.ANCHORED_LOG, *of_kinds)}
    assert found <= words.CHECKS.keys()


def test_the_reason_of_a_refusal_has_a_word() -> None:
    assert HIDDEN in words.REASONS


def unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
