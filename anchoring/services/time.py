from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """Since 1970, rounded down: integer division, because a float loses microseconds. `at` is aware."""
    return (at - EPOCH) // timedelta(milliseconds=1)
