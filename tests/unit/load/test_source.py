"""The load's source: when it is live, who jumps when, and what is shown during a ramp."""

from collections import Counter

from simulator.world import World
from tests.load.source import (
    LEAD_SECONDS,
    SPEED,
    begin_after,
    jumping,
    jumps,
    live_ms,
    shown_rows,
    with_effects,
)
from tests.load.tape import world_of


def test_the_fast_clock_is_real_time_when_it_is_called_live() -> None:
    start_ms = 1_773_000_000_000
    real_start_ms = start_ms + LEAD_SECONDS * 1000
    real_ms = live_ms(start_ms) - real_start_ms
    assert abs(start_ms + real_ms * SPEED - live_ms(start_ms)) < 1000


def test_every_market_jumps_once_and_every_minute_has_its_share() -> None:
    effects = jumps(240, first_minute=100, minutes=3)
    assert [each.row for each in effects] == list(range(240))
    starts = Counter(each.bend.points[0][0] for each in effects if each.bend)
    assert starts == {100: 80, 101: 80, 102: 80}


def test_a_market_that_is_to_jump_keeps_its_past() -> None:
    world = with_effects(world_of(40), [])
    begin_ms = begin_after(world.clock.start_ms)
    later = jumping(world, begin_ms, seconds=60)

    def prices(at: World, moment_ms: int) -> list[float]:
        return [float(each) for each in at.exchange.snapshot(moment_ms).price]

    assert prices(later, begin_ms) == prices(world, begin_ms)
    moved = zip(prices(later, begin_ms + 60_000), prices(world, begin_ms + 60_000), strict=True)
    assert all(abs(jumped / calm - 1) > 0.005 for jumped, calm in moved)


def test_a_ramp_begins_with_a_tenth_and_ends_with_all() -> None:
    assert shown_rows(240, -1.0, 30) == 240
    assert shown_rows(240, 0.0, 30) == 24
    assert 24 < shown_rows(240, 15.0, 30) < 240
    assert shown_rows(240, 30.0, 30) == 240
    assert shown_rows(240, 0.0, 0) == 240


def test_measuring_begins_with_a_minute_once_the_history_is_worked_off() -> None:
    for now_ms in (0, 51_999, 52_000, 52_001, 60_000):
        begin_ms = begin_after(now_ms)
        assert begin_ms % 60_000 == 0
        assert 8_000 <= begin_ms - now_ms < 68_000
