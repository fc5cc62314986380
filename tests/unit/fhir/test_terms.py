import pytest

from medbridge.fhir.terms import digest, fold, key, pinyin, prefixes, salt, soundex, sounds, term


def test_a_digest_is_eight_bytes_of_blake2b_signed() -> None:
    """Numbers of stored rows: another value here would orphan them. The value is what `b2sum -l 64` says."""
    assert digest("Patient/alice") == 0x7FEFD9A3AE839C2A


def test_a_reference_leads_back_to_the_row_it_refers_to() -> None:
    own = salt("Observation", "subject")
    assert term(own, "Patient/alice") ^ own == key("Patient", "alice")


def test_terms_of_two_parameters_or_types_differ() -> None:
    found = {salt(*of) ^ digest("x") for of in (("Patient", "name"), ("Patient", "given"), ("Person", "name"))}
    assert len(found) == 3


def test_half_a_surrogate_pair_has_a_digest_too() -> None:
    assert digest("\ud800") != digest("?")


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("http://a.example/x/y", ["http://a.example/x/y", "http://a.example", "http://a.example/x"]),
        ("http://a.example/x|1", ["http://a.example/x|1", "http://a.example", "http://a.example/x"]),
        ("urn:oid:1.2", ["urn:oid:1.2"]),
        ("", [""]),
    ],
)
def test_a_uri_is_below_what_stands_before_each_slash(uri: str, found: list[str]) -> None:
    assert prefixes(uri) == found


def test_a_uri_of_a_thousand_slashes_has_few_prefixes() -> None:
    assert len(prefixes("http://a.example" + "/x" * 1000)) == 13


def test_folding_removes_case_accents_and_spaces() -> None:
    assert [fold(t) for t in ("  ÉLÉONORE\tD'Arc ", "Straße", "ＡＢＣ")] == ["eleonore d'arc", "strasse", "abc"]


def test_the_u_with_dots_is_spelled_three_ways() -> None:
    assert {"lvbu", "lubu", "lyubu"} <= set(pinyin("吕布"))


@pytest.mark.parametrize(
    ("word", "key"),
    # The examples of the National Archives (archives.gov/research/census/soundex).
    [
        ("washington", "w252"), ("lee", "l000"), ("gutierrez", "g362"), ("pfister", "p236"), ("jackson", "j250"),
        ("tymczak", "t522"), ("ashcraft", "a261"), ("vandeusen", "v532"),
    ],
)  # fmt: skip
def test_soundex(word: str, key: str) -> None:
    assert soundex(word) == key


def test_names_that_sound_alike_have_one_key() -> None:
    assert sounds("Smith") == sounds("Smyth") == sounds("SCHMIDT")
    assert sounds("张") == sounds("Zhang")
    assert sounds("Иванов") == ["иванов"]
