"""Times on the wire: UTC with `Z`, in microseconds; Kafka's and Upbit's are in ms since 1970."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`; the fraction only where there is one, in ms if that is exact."""
    exact_ms = moment.microsecond % 1000 == 0
    spec = "milliseconds" if exact_ms and moment.microsecond else "auto"
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: float) -> datetime:
    """The moment of a count of milliseconds since 1970 UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
