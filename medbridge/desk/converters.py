"""What may stand in an address for a FHIR type, id or version; anything else is no page of ours.

The FHIR API's own patterns; they also keep NUL, which PostgreSQL refuses, and numbers past its integers away.
"""


class FhirType:
    regex = "[A-Z][A-Za-z]{1,63}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class FhirId(FhirType):
    regex = r"[A-Za-z0-9.\-]{1,64}"


class Version:
    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


CONVERTERS: dict[str, type[FhirType] | type[Version]] = {
    "fhir_type": FhirType,
    "fhir_id": FhirId,
    "version": Version,
}
