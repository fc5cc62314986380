"""304 or not (RFC 9110 section 13)."""

from datetime import UTC, datetime

import pytest

from medbridge.api.conditional import unmodified

AT = datetime(2026, 3, 1, 8, 30, 15, 700_000, UTC)


def known(**headers: str) -> bool:
    meta = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return unmodified(meta, etag='W/"3"', at=AT)


@pytest.mark.parametrize("tags", ['W/"3"', '"3"', 'W/"1", W/"3"', ' W/"2" ,"3" ', "*"])
def test_a_reader_who_names_this_version_has_it(tags: str) -> None:
    assert known(if_none_match=tags)


@pytest.mark.parametrize("tags", ['W/"4"', "3", "", 'W/"33"', "\x00", ",,,"])
def test_a_reader_who_names_another_does_not(tags: str) -> None:
    assert not known(if_none_match=tags)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("Sun, 01 Mar 2026 08:30:15 GMT", True),
        ("Sun, 01 Mar 2026 08:30:16 GMT", True),
        ("Sun, 01 Mar 2026 08:30:14 GMT", False),
        ("yesterday", False),
        ("Sun, 01 Mar 9999999 08:30:14 GMT", False),
    ],
)
def test_a_reader_who_names_a_time(since: str, expected: bool) -> None:
    assert known(if_modified_since=since) is expected


def test_the_tag_decides_where_both_are_named() -> None:
    assert not known(if_none_match='W/"1"', if_modified_since="Sun, 01 Mar 2026 08:30:16 GMT")
