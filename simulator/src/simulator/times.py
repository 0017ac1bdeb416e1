"""Times as the sources write them: UTC, Korean time, milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

KST = timezone(timedelta(hours=9))
DAY_MS = 86_400_000


def utc(moment_ms: int) -> datetime:
    """The moment in UTC."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC) + timedelta(milliseconds=moment_ms % 1000)


def kst(moment_ms: int) -> datetime:
    """The moment in Korea."""
    return utc(moment_ms).astimezone(KST)


def text_z(moment_ms: int) -> str:
    """`2026-03-11T14:40:58Z`."""
    return utc(moment_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
