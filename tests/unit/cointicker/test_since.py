"""Times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from cointicker.since import parse_since

NOW = datetime(2026, 3, 11, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        (" 1w ", timedelta(days=7)),
    ],
)
def test_so_long_ago(text: str, ago: timedelta) -> None:
    assert parse_since(text, NOW) == NOW - ago


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-11T14:00Z", NOW),
        ("2026-03-11 14:00", NOW),
        ("2026-03-11T23:00+09:00", NOW),
        ("2026-03-11", NOW - timedelta(hours=14)),
    ],
)
def test_a_date_and_time_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert parse_since(text, NOW) == moment
    assert parse_since(text, NOW).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "1.5h", "yesterday", "999999w", "14:00"])
def test_anything_else_is_refused_with_what_could_be_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no time: say 30s, 10m"):
        parse_since(text, NOW)


def test_nothing_is_from_before_1970() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        parse_since("1969-12-31", NOW)
