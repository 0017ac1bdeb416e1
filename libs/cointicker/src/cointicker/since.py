"""A time as people type it: so long ago (`10m`, `2h`), or a date and time (`2026-03-11T14:00Z`)."""

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def parse_since(text: str, now: datetime) -> datetime:
    """The moment in UTC that is meant; without an offset it is UTC. Raises ValueError."""
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time: say 30s, 10m, 2h, 7d or 2026-03-11T14:00Z"
        ) from None
    if moment < _EARLIEST:
        raise ValueError(f"{text!r} is before 1970")
    return moment
