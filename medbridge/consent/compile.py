"""The rules of rules.py as one SQL condition, so that what may not be seen is never fetched, counted or sorted."""

from medbridge.consent.rules import Request


def predicate(
    request: Request, *, alias: str = "r", custodian_rule: bool = True, btg_default: bool = False
) -> tuple[str, list[object]]:
    """A condition, never NULL, over the columns type, id, patient, hospital, low, high of `alias`; and its parameters."""
    raise NotImplementedError
