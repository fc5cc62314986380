"""What was wrong with a request: issues, the error that carries them, and the OperationOutcome that tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: a code of the issue-type value set, and the FHIRPath of the element (`Patient.name[0].family`)."""

    code: str
    diagnostics: str
    expression: str | None = None
    severity: str = "error"

    def as_fhir(self) -> dict[str, Any]:
        issue: dict[str, Any] = {"severity": self.severity, "code": self.code, "diagnostics": self.diagnostics}
        if self.expression:
            issue["expression"] = [self.expression]
        return issue


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """An OperationOutcome (R4 2.28); with no issue at all it says that all is well, since FHIR wants at least one."""
    listed = list(issues) or [Issue("informational", "All OK", severity="information")]
    return {"resourceType": "OperationOutcome", "issue": [issue.as_fhir() for issue in listed]}


class FhirError(Exception):
    """A request that cannot be carried out: the HTTP status to answer with and the issues to tell."""

    def __init__(self, status: int, issues: Sequence[Issue]) -> None:
        self.status = status
        self.issues = tuple(issues)
        super().__init__("; ".join(f"{issue.expression or '-'}: {issue.diagnostics}" for issue in self.issues))

    def outcome(self) -> dict[str, Any]:
        return operation_outcome(self.issues)


def bad_request(diagnostics: str, expression: str | None = None, code: str = "invalid") -> FhirError:
    return FhirError(400, [Issue(code, diagnostics, expression)])
