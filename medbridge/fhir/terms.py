"""Spelling of index terms and string foldings; the index and the query must agree to the letter."""


def term(parameter: str, value: str) -> str:
    """`parameter=value`, the value replaced by its SHA-256 in hexadecimal when it is longer than 400 bytes."""
    raise NotImplementedError


def fold(text: str) -> str:
    """Case and accents removed, white space collapsed (R4 string search); Chinese characters kept."""
    raise NotImplementedError
