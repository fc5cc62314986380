"""How much one search may ask for: the settings, as the parser takes them."""

from django.conf import settings

from medbridge.fhir.search_limits import Limits


def search_limits() -> Limits:
    return Limits(
        count_default=settings.SEARCH_COUNT_DEFAULT, count_max=settings.SEARCH_COUNT_LIMIT,
        or_values=settings.SEARCH_OR_LIMIT, chain_depth=settings.SEARCH_CHAIN_LIMIT,
        conditions=settings.SEARCH_CONDITION_LIMIT, terms=settings.SEARCH_TERM_LIMIT,
    )  # fmt: skip
