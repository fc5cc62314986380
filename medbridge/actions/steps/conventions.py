"""How a sender's messages are to be read and answered: its own settings, else its hospital's."""

from medbridge.accounts.models import Hospital
from medbridge.inbox import sources
from medbridge.inbox.models import Source as Settings
from medbridge.normalize.conversion import Source


class Conventions:
    """Looked up once for each sender while this object lives: a batch, a turn, a request."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Source, Settings]] = {}

    def source(self, hospital: str, sender: str) -> Source:
        return self._of(hospital, sender)[0]

    def settings(self, hospital: str, sender: str) -> Settings:
        return self._of(hospital, sender)[1]

    def _of(self, hospital: str, sender: str) -> tuple[Source, Settings]:
        key = hospital, sender
        if key not in self._known:
            self._known[key] = _look_up(*key)
        return self._known[key]


def _look_up(hospital: str, sender: str) -> tuple[Source, Settings]:
    """A hospital that is not known (an operator's own listener) has no conventions."""
    chosen, row = sources.source_of(hospital, sender), Hospital.objects.filter(id=hospital).first()
    timezone = chosen.timezone or (row.timezone if row else "")
    charset = chosen.charset or (row.charset if row else "")
    return Source(hospital, timezone or None, charset or None, tuple(chosen.packs or ())), chosen
