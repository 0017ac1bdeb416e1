"""How long a gap was, or how many records."""

from datetime import UTC, datetime, timedelta

import pytest

from cointicker.cli.gaps import how_much
from cointicker.cli.output import duration
from cointicker.messages import Gap

AT = datetime(2026, 3, 11, 14, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.4, "0.4s"),
        (59.6, "59.6s"),
        (59.96, "1m"),
        (60.4, "1m"),
        (61, "1m 1s"),
        (3600, "1h"),
        (3661, "1h 1m"),
        (90_000, "1d 1h"),
        (86_400 * 10 + 61, "10d"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_gap_is_so_long_or_so_many_offsets() -> None:
    times = Gap("collector", "coinness", AT, AT + timedelta(minutes=3), "blocked", AT)
    assert how_much(times) == "3m"
    assert how_much(Gap("hdfs-sink", "t", 3, 2007, "retention", AT)) == "2,004 offsets"
    assert how_much(Gap("hdfs-sink", "t", 3, 4, "retention", AT)) == "1 offset"
