"""Quantities in base units, so that 5.4 g/L and 540 mg/dL are found by one number (UCUM 2.1, ucum.org).

An expression is a product of units with prefixes and exponents (`mg/dL`, `10*3/uL`, `kg.m-2`), notes in braces aside.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from medbridge.fhir.ucum_units import ARBITRARY, ARBITRARY_METRIC, BASE, METRIC, PLAIN, PREFIXES, SPECIAL

SYSTEM = "http://unitsofmeasure.org"
# Codes come from senders: longer or deeper ones than any in use are unknown units.
CODE_CHARACTERS = 100
DEPTH = 8
EXPONENT = 30
UNITS_CACHED = 1 << 11
# Digits of a converted value, where a conversion has no end (degF is 5/9 K).
_EXACT = Context(prec=30)

_TOKEN = re.compile(
    r"(?P<mark>[./()])|\{[^{}]*\}|(?P<unit>10[*^]|(?:\[[^\[\]\s]*\]|[^\d\s./()\[\]{}+\-])+)(?P<exponent>[+-]?\d{1,3})?"
    r"|(?P<number>[1-9]\d{0,8})",
    re.ASCII,
)
# What may follow what; a bracketed term stands where a unit does, and `/` may come first (`/min`).
_AFTER: dict[str, tuple[str, ...]] = {
    "start": ("/", "(", "unit", "{"),
    ".": ("(", "unit", "{"),
    "/": ("(", "unit", "{"),
    "unit": (".", "/", ")", "{"),
    "{": (".", "/", ")"),
}
_PREFIXABLE = frozenset((*BASE, *ARBITRARY_METRIC, *METRIC))


@dataclass(frozen=True, slots=True)
class Unit:
    """`base`: the base units, as `g.m-3`, `1` for none. In them a value is (value + zero) * times / over."""

    base: str
    times: int
    over: int
    zero: Decimal | None = None


@dataclass(slots=True)
class _Product:
    factor: Fraction
    powers: Counter[str]

    def times(self, other: "_Product", exponent: int) -> None:
        if abs(exponent) > EXPONENT:
            raise ValueError(f"exponent {exponent}")
        self.factor *= other.factor**exponent
        for name, power in other.powers.items():
            self.powers[name] += power * exponent
        if any(abs(power) > EXPONENT for power in self.powers.values()):
            raise ValueError("exponents too large")


def canonical(value: Decimal, code: str) -> tuple[str, Decimal] | None:
    """(base units, the value in them, at most 30 digits); None where UCUM has no such unit, or we do not know it."""
    known = unit(code)
    if known is None:
        return None
    if known.zero is not None:
        value = _EXACT.add(value, known.zero)
    if known.times != 1:
        value = _EXACT.multiply(value, known.times)
    return known.base, value if known.over == 1 else _EXACT.divide(value, known.over)


def unit(code: str) -> Unit | None:
    """The unit of a case-sensitive UCUM expression, or None."""
    return _unit(code) if len(code) <= CODE_CHARACTERS else None


@lru_cache(maxsize=UNITS_CACHED)
def _unit(code: str) -> Unit | None:
    bare = re.sub(r"\{[^{}]*\}$", "", code)
    if bare in SPECIAL:
        factor, zero = SPECIAL[bare]
        return Unit("K", factor.numerator, factor.denominator, zero)
    if not code:
        return None
    try:
        product = _parsed(code)
    except ValueError:
        return None
    powers = sorted((name, power) for name, power in product.powers.items() if power)
    base = ".".join(name if power == 1 else f"{name}{power}" for name, power in powers)
    return Unit(base or "1", product.factor.numerator, product.factor.denominator)


def _parsed(code: str) -> _Product:
    tokens, at = [], 0
    while at < len(code):
        found = _TOKEN.match(code, at)
        if found is None:
            raise ValueError(code)
        tokens.append(found)
        at = found.end()
    rest = iter(tokens)
    product = _term(rest, 0)
    if next(rest, None) is not None:
        raise ValueError(code)
    return product


def _term(tokens: Iterator[re.Match[str]], depth: int) -> _Product:
    """Reads to the end or the closing bracket. `/` divides by the next component only (UCUM §8)."""
    if depth > DEPTH:
        raise ValueError("too deep")
    product, sign, before = _Product(Fraction(1), Counter()), 1, "start"
    for token in tokens:
        kind = token["mark"] or ("{" if token[0].startswith("{") else "unit")
        if kind not in _AFTER[before] or (kind == ")" and not depth):
            raise ValueError(f"{kind} after {before}")
        if kind == ")":
            return product
        if kind in "./":
            sign = 1 if kind == "." else -1
        else:
            product.times(_term(tokens, depth + 1) if kind == "(" else _component(token), sign)
        before = "unit" if kind == "(" else kind
    if depth or before not in ("unit", "{"):
        raise ValueError("not at its end")
    return product


def _component(token: re.Match[str]) -> _Product:
    product = _Product(Fraction(1), Counter())
    if token["number"]:
        product.factor = Fraction(int(token["number"]))
    elif token["unit"]:
        product.times(_atom(token["unit"]), int(token["exponent"] or 1))
    return product


@lru_cache(maxsize=UNITS_CACHED)
def _atom(name: str) -> _Product:
    """One unit, with or without a prefix; what is a unit by itself is not read as prefix and unit (cd, Pa, min)."""
    if name in BASE or name in ARBITRARY or name in ARBITRARY_METRIC:
        return _Product(Fraction(1), Counter({name: 1}))
    if found := METRIC.get(name) or PLAIN.get(name):
        many, of = found
        product = _parsed(of)
        return _Product(product.factor * many, product.powers)
    for length in (2, 1):
        prefix, rest = name[:length], name[length:]
        if prefix in PREFIXES and rest in _PREFIXABLE:
            product = _atom(rest)
            return _Product(product.factor * Fraction(10) ** PREFIXES[prefix], product.powers)
    raise ValueError(f"no unit {name}")
