"""What one FHIR write asked for, as the text that is kept with its bytes: enough to carry it out again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """Method, target and conditions. `criteria`: of If-None-Exist or a conditional URL, without "?".

    As text: "POST Patient", "POST Patient?identifier=1", "PUT Patient/1 3" (If-Match: version 3), "PUT Patient/1 *"
    (If-None-Match: *), "PATCH Patient?identifier=1 3".
    """

    method: str
    type: str
    id: str | None = None
    criteria: str | None = None
    if_match: int | None = None
    create_only: bool = False

    @property
    def target(self) -> str:
        return f"{self.type}/{self.id}" if self.id else self.type

    def __str__(self) -> str:
        criteria = f"?{self.criteria.replace(' ', '%20')}" if self.criteria else ""
        condition = " *" if self.create_only else "" if self.if_match is None else f" {self.if_match}"
        return f"{self.method} {self.target}{criteria}{condition}"


def read_request(text: str) -> Request:
    """The inverse of str()."""
    method, _, rest = text.partition(" ")
    url, _, condition = rest.partition(" ")
    path, _, criteria = url.partition("?")
    type, _, id = path.partition("/")
    version = int(condition) if condition.isdigit() else None
    return Request(method, type, id or None, criteria or None, version, condition == "*")
