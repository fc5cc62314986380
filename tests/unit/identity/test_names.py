"""Names as two hospitals write them."""

from typing import Any

import pytest

from medbridge.identity.names import Name, alike, given_alike, names


def name(family: str | None = None, *given: str, text: str | None = None) -> Name:
    written: dict[str, Any] = {"family": family, "given": list(given), "text": text}
    return names({"name": [{key: value for key, value in written.items() if value}]})[0]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (name("Miller", "Alice"), name("MILLER", "alice")),
        (name("Müller", "Zoë"), name("Muller", "Zoe")),
        (name("Miller", "Alice", "Jane"), name("Miller", "Alice")),
        (name("Miller", "Alice", "Jane"), name("Miller", "Alice", "J")),
        (name("Miller", "A"), name("Miller", "Alice")),
        (name("Miller", "Rob"), name("Miller", "Robert")),
        (name("Miller", "Micheal"), name("Miller", "Michael")),
        (name("Alice", "Miller"), name("Miller", "Alice")),
        (name("张", "伟"), name("Zhang", "Wei")),
        (name("张", "伟"), name("Wei", "Zhang")),
        (name("張", "偉"), name("张", "伟")),
        (name("李", "伟明"), name("Li", "Wei", "Ming")),
        (name("李", "伟明"), name("Li", "Wei-Ming")),
        (name("吕", "丽"), name("Lyu", "Li")),
        (name("吕", "丽"), name("Lü", "Li")),
        (name("单", "丽"), name("Shan", "Li")),
        (name(text="欧阳娜"), name("Ouyang", "Na")),
        (name(text="张伟"), name("张", "伟")),
        (name(text="Alice Miller"), name("Miller", "Alice")),
        (name(text="Zhang, Wei"), name("张", "伟")),
    ],
)
def test_alike(a: Name, b: Name) -> None:
    assert alike(a, b)
    assert alike(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (name("Miller", "Alice"), name("Miller", "Anna")),
        (name("Miller", "Mary", "Ann"), name("Miller", "Mary", "Beth")),
        (name("Li", "Wei", "Ming"), name("Li", "Wei", "Liang")),
        (name("李", "伟明"), name("李", "伟亮")),
        (name("李", "明"), name("李", "亮")),
        (name("Miller", "Ana"), name("Miller", "Ava")),
        (name("Miller", "Alice"), name("Smith", "Alice")),
    ],
)
def test_different(a: Name, b: Name) -> None:
    assert not alike(a, b)


def test_a_changed_family_name_leaves_the_given_name_alike() -> None:
    assert given_alike(name("Miller", "Alice"), name("Smith", "Alice"))


@pytest.mark.parametrize("broken", [{"name": "x"}, {"name": [None, {}, {"family": 3, "given": "x"}, {"given": [{}]}]}])
def test_elements_of_the_wrong_shape_are_passed_over(broken: dict[str, Any]) -> None:
    assert names(broken) == ()
