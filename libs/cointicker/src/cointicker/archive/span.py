"""Which records are asked for: a range of Kafka timestamps, and how late a record may have come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cointicker.archive.layout import FileAttribute, hour_of
from cointicker.times import to_ms

# Kafka's timestamps are 64-bit numbers, with a sign.
_FIRST_MS, _PAST_MS = -(2**63), 2**63
_MS = timedelta(milliseconds=1)

LATENESS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Timestamps from `start_ms` up to `end_ms`, without it.

    No record is more than `lateness_ms` older than one before it in its partition.
    """

    start_ms: int = _FIRST_MS
    end_ms: int = _PAST_MS
    lateness_ms: int = LATENESS // _MS

    @classmethod
    def of(
        cls,
        start: datetime | None = None,
        end: datetime | None = None,
        lateness: timedelta = LATENESS,
    ) -> "Span":
        """The span of what a caller gave; None is without a bound. Raises ValueError, TypeError."""
        first = _FIRST_MS if start is None else _moment("start", start)
        past = _PAST_MS if end is None else _moment("end", end)
        if first > past:
            raise ValueError(f"end is before start: {end} < {start}")
        if lateness < timedelta(0):
            raise ValueError(f"lateness must not be negative: {lateness}")
        return cls(first, past, -(-lateness // _MS))

    def hours(self) -> tuple[int, int]:
        """The first and the last hour of the files that may hold such records.

        A file is kept in the hour of its first record, and no later hour is in it: a record is in
        the directory of its own hour, or, if it came late, in a later one.
        """
        return hour_of(self.start_ms), hour_of(self.end_ms - 1 + self.lateness_ms)

    def may_be_in(self, says: FileAttribute) -> bool:
        """Whether a file may hold such records, by its first and its last one."""
        return (
            says.last_timestamp + self.lateness_ms >= self.start_ms
            and says.first_timestamp - self.lateness_ms < self.end_ms
        )


def _moment(name: str, given: datetime) -> int:
    """The first millisecond that is not before a moment."""
    if not isinstance(given, datetime):
        raise TypeError(f"{name} must be a datetime with a time zone, not {given!r}")
    if given.utcoffset() is None:
        utc = given.replace(tzinfo=UTC)
        raise ValueError(f"{name} has no time zone: {given!r}; if it is UTC, give {utc!r}")
    return to_ms(given) + bool(given.microsecond % 1000)
