"""Names of people folded to Latin letters, and whether two are alike. Chinese characters compare by their pinyin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from medbridge.fhir.terms import fold, is_chinese, pinyin

Json = dict[str, Any]

# Surnames read otherwise than the same character elsewhere; pypinyin gives the common reading.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "區": "ou", "区": "ou", "查": "zha", "曾": "zeng", "任": "ren", "盖": "ge",
    "朴": "piao", "種": "chong", "种": "chong", "秘": "bi", "缪": "miao", "员": "yun", "乐": "yue", "繁": "po",
    "翟": "zhai", "召": "shao", "燕": "yan", "尉迟": "yuchi", "长孙": "zhangsun", "万俟": "moqi", "单于": "chanyu",
}  # fmt: skip
_COMPOUND = frozenset(
    [
        "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "尉迟", "长孙", "万俟", "单于", "皇甫",
        "令狐", "慕容", "夏侯", "东方", "公孙", "司徒", "轩辕", "宇文", "端木", "百里", "南宫", "独孤",
    ]
)  # fmt: skip
# A shorter name differs from another real one by a letter too easily (Ana, Ava).
_TYPO_LENGTH = 5
_SHORT_FORM_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Name:
    """Letters and digits only. `parts`: the given names one by one; Chinese given names are one part."""

    family: str
    parts: tuple[str, ...]

    @property
    def given(self) -> str:
        return "".join(self.parts)


def names(patient: Json) -> tuple[Name, ...]:
    """All distinct names, present and former, that have at least a family or a given name."""
    listed = patient.get("name")
    found = [_name(n) for n in listed if isinstance(n, dict)] if isinstance(listed, list) else []
    return tuple(dict.fromkeys(name for name in found if name.family or name.parts))


def _name(name: Json) -> Name:
    family, given = _text(name.get("family")), name.get("given")
    parts = [text for part in given if (text := _text(part))] if isinstance(given, list) else []
    if not parts:
        family, parts = _split(family or _text(name.get("text")))
    if any(map(is_chinese, parts)):
        parts = ["".join(parts)]
    latin = (_latin(part) for part in parts)
    return Name(_SURNAMES.get(family) or _latin(family), tuple(part for part in latin if part))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _split(text: str) -> tuple[str, list[str]]:
    """A name in one piece: Chinese family name first, by comma the part before it, else the last word."""
    if is_chinese(text):
        whole = re.sub(r"[\s·]", "", text)
        length = 2 if whole[:2] in _COMPOUND and len(whole) > 2 else 1
        return whole[:length], [whole[length:]] if whole[length:] else []
    family, comma, given = text.partition(",")
    if comma:
        return family, given.split()
    words = text.split()
    return (words[-1], words[:-1]) if words else ("", [])


def _latin(text: str) -> str:
    spelled = pinyin(text)[0] if is_chinese(text) else fold(text)
    # ü is v on keyboards, yu in passports, u where the dots are lost: one letter here.
    return re.sub(r"([ln])(?:yu|v)", r"\1u", re.sub(r"[\W_]", "", spelled))


def alike(a: Name, b: Name) -> bool:
    """Whether two whole names may be one person's; family and given may have changed places."""
    if not (a.family and b.family and a.parts and b.parts):
        return False
    swapped = a.family == b.given and a.given == b.family
    return swapped or (_spelled_alike(a.family, b.family) and given_alike(a, b))


def given_alike(a: Name, b: Name) -> bool:
    """Whether two given names may be one person's: equal, one more part, an initial, a short form or a typing error.

    Parts beyond the first count where both have them: Mary Ann is not Mary Beth, Wei Ming is not Wei Liang.
    """
    if a.given == b.given or (a.given == b.family and a.family == b.given):
        return True
    if len(a.parts) > 1 and len(b.parts) > 1:
        return all(_short_or_same(x, y) for x, y in zip(a.parts, b.parts, strict=False))
    return _short_or_same(a.parts[0], b.parts[0]) or _spelled_alike(a.given, b.given)


def _short_or_same(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return long.startswith(short) and (len(short) in (1, len(long)) or len(short) >= _SHORT_FORM_LENGTH)


def _spelled_alike(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= _TYPO_LENGTH and OSA.distance(a, b) <= 1)


def spellings(name: Name) -> Iterator[str]:
    """Keys under which the name and its swapped form meet: with all given names, and with the first alone."""
    for given in dict.fromkeys((name.given, *name.parts[:1])):
        yield "+".join(sorted((name.family, given)))
