"""Times of sources as moments in UTC."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from cointicker.errors import InvalidMessage
from cointicker.times import to_ms
from processor.envelope import EARLIEST_MS, LATEST_MS

KST = timezone(timedelta(hours=9), "KST")


def moment(text: str, field: str, zone: tzinfo = UTC) -> datetime:
    """The moment of an ISO 8601 text; one without an offset is in `zone`. Raises InvalidMessage."""
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone)
        at = parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidMessage("wrong_type", f"{field}: not a time: {text[:40]!r}") from error
    if not EARLIEST_MS <= to_ms(at) <= LATEST_MS:
        raise InvalidMessage("out_of_range", f"{field}: {text[:40]!r}")
    return at


def of_seconds(seconds: float) -> datetime:
    """The moment of a count of seconds since 1970 UTC."""
    return datetime.fromtimestamp(seconds, UTC)
