from collections.abc import Sequence

from django.db.models import Q

from medbridge.identity.models import Candidate, Key, Link, Person


def erase(patients: Sequence[str]) -> None:
    """Traits, blocking keys, links and reviews of these Patients; a person of whom nothing is left."""
    links = Link.objects.filter(patient__in=patients)
    people = list(links.values_list("person", flat=True))
    links.delete()
    Key.objects.filter(patient__in=patients).delete()
    Candidate.objects.filter(Q(a__in=patients) | Q(b__in=patients)).delete()
    Person.objects.filter(id__in=people).exclude(id__in=Link.objects.values("person")).delete()
