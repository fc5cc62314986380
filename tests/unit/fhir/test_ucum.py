"""Conversions known from elsewhere (NIST SP 811, clinical tables), and the laws that any unit must keep."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.ucum import canonical, unit
from medbridge.fhir.ucum_units import METRIC, PLAIN

CODES = [
    code for code in (*METRIC, *PLAIN, "m", "g", "mol", "mg", "mm[Hg]", "kU", "u[iU]") if code not in ("10*", "10^")
]
VALUES = st.decimals("-1e6", "1e6", allow_nan=False, places=4)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5.4 g/L", "540 mg/dL"),
        ("98.6 [degF]", "37 Cel"),
        ("37 Cel", "310.15 K"),
        ("1 [lb_av]", "453.59237 g"),
        ("1 [in_i]", "25.4 mm"),
        ("120 mm[Hg]", "15.99864 kPa"),
        ("1 kcal", "4184 J"),
        ("1 U/L", "1 umol/min/L"),
        ("1 kat", "60000000 U"),
        ("140 mmol/L", "140 meq/L"),
        ("1 a", "365.25 d"),
        ("12 mo", "1 a"),
        ("2 wk", "14 d"),
        ("90 min", "1.5 h"),
        ("4.5 10*6/uL", "4.5 10*12/L"),
        ("7 10^3/mm3", "7 10*9/L"),
        ("50 %", "0.5 1"),
        ("60 /min", "1 Hz"),
        ("5 [iU]/mL", "5 k[IU]/L"),
        ("25 kg/m2", "25 kg.m-2"),
        ("90 mL/min/{1.73_m2}", "90 mL/min"),
        ("1 [gal_us]", "3.785411784 L"),
        ("1 mg{creat}", "1 mg"),
        ("6 mL/(24.h)", "0.25 mL/h"),
    ],
)
def test_two_spellings_of_one_quantity_are_equal(one: str, other: str) -> None:
    (value, code), (value_2, code_2) = one.split(" "), other.split(" ")
    first, second = canonical(Decimal(value), code), canonical(Decimal(value_2), code_2)
    assert first and second
    assert first[0] == second[0]
    assert first[1] == pytest.approx(second[1], rel=Decimal("1e-25"))


@pytest.mark.parametrize(
    "code",
    [
        "", "foo", "mcg", "m/", "//", "m//s", "./m", "(m", "m)", "m(s)", "m s", "{x}{y}", "kmin", "mCel",
        "Cel/d", "m99999", "m31", "10*99", "(" * 50 + "m" + ")" * 50, "m." * 200 + "m", "[", "{", "m{",
        "µg", "m²", "1e3",
    ],
)  # fmt: skip
def test_what_is_no_unit_is_not_guessed_at(code: str) -> None:
    assert canonical(Decimal(1), code) is None


def test_what_cannot_be_compared_is_not() -> None:
    bases = [unit(code).base for code in ("mmol/L", "mg/L", "[iU]/L", "U/L", "[pH]", "1")]  # type: ignore[union-attr]
    assert len(set(bases)) == len(bases)


@pytest.mark.parametrize("code", sorted({*METRIC, *PLAIN}))
def test_every_unit_of_the_table_is_made_of_known_ones(code: str) -> None:
    assert unit(code)


@given(VALUES, st.sampled_from(CODES))
def test_the_inverse_unit_takes_a_value_back(value: Decimal, code: str) -> None:
    there = canonical(value, f"({code}).(1/({code}))")
    assert there is not None
    assert there == ("1", value)


@given(st.sampled_from(CODES), st.sampled_from(CODES), st.sampled_from(CODES))
def test_a_product_does_not_depend_on_brackets_or_order(a: str, b: str, c: str) -> None:
    spellings = (f"({a}).({b}).({c})", f"({a}).(({b}).({c}))", f"({c}).({b}).({a})", f"({a})/(1/({b}))/(1/({c}))")
    assert len({unit(spelling) for spelling in spellings}) == 1


@given(VALUES, VALUES, st.sampled_from(CODES))
def test_order_survives_conversion(one: Decimal, other: Decimal, code: str) -> None:
    first, second = canonical(one, code), canonical(other, code)
    assert first and second
    assert (one < other) <= (first[1] <= second[1])


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_none(code: str) -> None:
    unit(code)
