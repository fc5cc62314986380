"""The CapabilityStatement, made of the tables that the code runs on."""

from collections.abc import Mapping, Sequence
from typing import Any


def statement(
    *,
    base: str,
    version: str,
    at_text: str,
    types: Mapping[str, Sequence[str]],
    operations: Mapping[str, Mapping[str, str]] | None = None,
    system: Sequence[str] = (),
    security: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The server's CapabilityStatement.

    `types`: resource type -> interaction codes (read, vread, update ...); `operations`: type -> name -> definition URL;
    `system`: transaction, batch ...; `security`: a rest.security element; `at_text`: its date, a FHIR dateTime.
    """
    raise NotImplementedError
