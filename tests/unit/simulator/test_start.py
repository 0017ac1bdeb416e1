"""The clock's run from the past to now, and the settings with their refusals."""

import pytest

from simulator.clock import RunningClock
from simulator.config import BadSettings, Settings
from simulator.names import market_names

NOW = 1_773_000_000.0


def run(settings: Settings, elapsed_seconds: float) -> tuple[int, int]:
    """Start and simulated time after so long, in ms since the real start."""
    ticks = iter([50.0, 50.0 + elapsed_seconds])
    clock = RunningClock(settings, wall=lambda: NOW, monotonic=lambda: next(ticks))
    began = int(NOW * 1000)
    return clock.start_ms - began, clock.now_ms() - began


@pytest.mark.parametrize(
    ("elapsed_seconds", "expected_ms"),
    [(0, -14_400_000), (10, -11_990_000), (60, 0), (61, 61_000), (3600, 3_600_000)],
)
def test_a_fast_clock_starts_hours_back_and_is_real_time_once_it_reaches_now(
    elapsed_seconds: float, expected_ms: int
) -> None:
    start_ms, now_ms = run(Settings(speed=241), elapsed_seconds)
    assert start_ms == -14_400_000
    assert now_ms == pytest.approx(expected_ms, abs=60_000 if elapsed_seconds == 60 else 0)


def test_at_speed_one_time_is_real_from_the_start() -> None:
    assert run(Settings(), 12.5) == (0, 12_500)


def test_all_bad_settings_are_named_at_once_with_their_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.load(["--speed", "0.5", "--markets", "many", "--port", "70000"])
    problems = caught.value.problems
    assert [line.split(": ")[1] for line in problems] == ["port", "speed", "markets"]
    assert "got 'many'" in problems[2]
    assert capsys.readouterr().out == ""


def test_a_flag_is_stronger_than_the_default() -> None:
    settings = Settings.load(["--markets", "10000", "--rate", "2000", "--gzip", "false"])
    assert (settings.markets, settings.rate, settings.gzip) == (10_000, 2000.0, False)


def test_ten_thousand_markets_have_names_of_their_own() -> None:
    names = market_names(10_000)
    assert len({name.market for name in names}) == 10_000
    assert [name.market for name in names[:2]] == ["KRW-BTC", "KRW-ETH"]
    assert all(name.korean and name.english and name.price > 0 for name in names)
