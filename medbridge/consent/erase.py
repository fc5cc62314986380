from collections.abc import Sequence

from medbridge.consent.models import ConsentNode, ConsentState, PastNode


def erase(patients: Sequence[str]) -> None:
    """The rules over these Patients' data, of today and of before."""
    for model in (ConsentNode, PastNode, ConsentState):  # a node that goes becomes a past one, and counts the state
        model.objects.filter(patient__in=patients).delete()
