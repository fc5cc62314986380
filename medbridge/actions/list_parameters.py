"""The custom search parameters that are in use."""

from datetime import datetime

from medbridge.fhir.custom import Custom
from medbridge.records import custom


def list_parameters(*, at: datetime) -> Custom:
    """The same object until they change. For everyone: the CapabilityStatement names them."""
    return custom.current(at)
