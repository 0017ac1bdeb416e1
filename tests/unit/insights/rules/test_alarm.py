"""Severity, cool-down and hysteresis."""

from insights.alarm import Alarm, Ladder

LADDER = Ladder(low=6, medium=8, high=12, critical=20, calm_below=3, cool_down_ms=100)


def looked(*seen: tuple[int, float]) -> list[str | None]:
    alarm = Alarm()
    return [alarm.look(LADDER, size, at_ms) for at_ms, size in seen]


def test_each_severity_begins_at_its_step() -> None:
    sizes = [5.9, 6, 8, 12, 20]
    assert [looked((0, size))[0] for size in sizes] == [None, "low", "medium", "high", "critical"]


def test_only_a_higher_severity_comes_through_the_cool_down() -> None:
    assert looked((0, 6), (10, 7), (20, 9), (30, 6), (40, 25)) == [
        "low", None, "medium", None, "critical",
    ]  # fmt: skip


def test_it_is_told_again_only_after_calm_and_cool_down() -> None:
    assert looked((0, 6), (200, 6))[1] is None
    assert looked((0, 6), (10, 2), (50, 6))[2] is None
    assert looked((0, 6), (10, 2), (100, 6))[2] == "low"
    assert looked((0, 6), (10, 4), (100, 6))[2] is None


def test_nothing_is_told_twice_of_one_moment() -> None:
    assert looked((0, 6), (0, 25)) == ["low", None]
