"""Quantiles, rates of drains, what is bounded and what is flat."""

import pytest

from tests.load.figures import (
    at,
    crossing,
    drain_rate,
    drain_window,
    grown,
    growth,
    is_bounded,
    is_flat,
    ratio,
    risen,
    speeds,
    spread,
    totals,
    until_published,
)


def test_quantiles_are_values_that_were_seen() -> None:
    assert spread(range(1, 101)) == [100, 50, 90, 99, 100]
    assert spread([7.0]) == [1, 7.0, 7.0, 7.0, 7.0]


def test_nothing_seen_gives_no_figure() -> None:
    assert spread([]) == [0, None, None, None, None]


def test_a_level_is_reached_between_two_points() -> None:
    points = [(0.0, 0.0), (10.0, 100.0), (20.0, 100.0)]
    assert crossing(points, 50) == 5.0
    assert crossing(points, 100) == 10.0
    assert crossing(points, 101) is None


def test_a_drain_is_measured_without_its_start_and_its_end() -> None:
    slow_ends = [(0.0, 0.0), (50.0, 100.0), (58.0, 900.0), (100.0, 1000.0)]
    assert drain_rate(drain_window(slow_ends, 1000), 1000) == pytest.approx(100.0)


def test_a_drain_that_did_not_come_to_its_end_has_no_rate() -> None:
    assert drain_window([(0.0, 0.0), (50.0, 500.0)], 1000) is None
    assert drain_rate(None, 1000) is None


def test_work_that_is_done_in_large_pieces_counts_from_when_it_was_begun() -> None:
    done = [(0.0, 0.0), (40.0, 0.0), (41.0, 500.0), (81.0, 500.0), (82.0, 1000.0)]
    begun = [(0.0, 0.0), (80.0, 1000.0)]
    assert drain_window(done, 1000) == pytest.approx((40.2, 81.8))
    assert drain_window(done, 1000, begun) == pytest.approx((8.0, 81.8))


def test_work_that_is_committed_now_and_then_goes_on_in_between() -> None:
    seen = [(0.0, 0.0), (4.0, 0.0), (5.0, 50.0), (9.0, 50.0), (10.0, 100.0), (11.0, 100.0)]
    assert risen(seen) == [(4.0, 0.0), (5.0, 50.0), (10.0, 100.0)]
    assert risen([(0.0, 0.0), (1.0, 0.0)]) == [(1.0, 0.0)]
    assert risen([]) == []


def test_a_series_is_read_between_its_points_and_not_before_them() -> None:
    points = [(10.0, 100.0), (20.0, 200.0)]
    assert at(points, 15) == 150
    assert at(points, 30) == 200
    assert at(points, 9) is None
    assert grown(points, 12, 18) == pytest.approx(60)
    assert grown(points, 0, 18) is None


def test_speeds_are_differences_over_time() -> None:
    assert speeds([(0.0, 0.0), (2.0, 10.0), (2.0, 10.0), (4.0, 10.0)]) == [(2.0, 5.0), (4.0, 0.0)]


def saw_tooth(grows_by: float) -> list[tuple[float, float]]:
    return [(step / 4, (step % 20) * 500 + grows_by * step / 4) for step in range(80)]


def test_a_saw_tooth_on_level_ground_is_bounded() -> None:
    assert is_bounded(saw_tooth(0), rate=2000)


def test_a_saw_tooth_that_climbs_is_not() -> None:
    assert not is_bounded(saw_tooth(200), rate=2000)


def test_a_lag_that_was_hardly_seen_is_not_called_bounded() -> None:
    assert not is_bounded([(0.0, 0.0), (1.0, 0.0)], rate=2000)


def test_a_memory_that_fills_at_the_start_and_then_stays_is_flat() -> None:
    filled = [(15.0 * n, min(80.0, 40 + 4.0 * n)) for n in range(41)]
    assert is_flat(filled)


def test_growth_is_told_for_an_hour_however_long_was_looked() -> None:
    def growing(minutes: int) -> list[tuple[float, float]]:
        return [(60.0 * n, 100.0 + n / 10) for n in range(minutes + 1)]

    assert growth(growing(10)) == pytest.approx(0.06, abs=0.001)
    assert growth(growing(60)) == pytest.approx(0.06, abs=0.003)
    assert is_flat(growing(10)) is False


def test_of_too_little_nothing_is_said() -> None:
    assert is_flat([]) is None
    assert is_flat([(0.0, 80.0), (1.0, 81.0)]) is None
    assert is_flat([(float(n), 80.0) for n in range(600)]) is None


def test_a_record_is_published_when_a_commit_beyond_it_was_first_seen() -> None:
    commits = [(100.0, {0: 5, 1: 0}), (101.0, {0: 10, 1: 3}), (102.0, {0: 20, 1: 3})]
    marks = [(0, 4, 99.0), (0, 10, 100.5), (1, 2, 100.0), (1, 3, 100.0)]
    assert until_published(marks, commits) == ([1.0, 1.5, 1.0], 1)
    assert until_published([(5, 0, 1.0)], commits) == ([], 1)


def test_a_metric_is_the_sum_over_its_labels() -> None:
    page = '# HELP a_total x\na_total{topic="x",p="1 2"} 3.0\na_total{topic="y"} 4\nb 1e3\n'
    assert totals(page) == {"a_total": 7.0, "b": 1000.0}


def test_a_counter_that_has_counted_nothing_is_0_and_one_that_is_not_there_is_not() -> None:
    assert totals("# TYPE a_total counter\n# TYPE b gauge\n") == {"a_total": 0.0}
    assert totals("# TYPE a_total counter\na_total 2\n") == {"a_total": 2.0}


def test_a_ratio_needs_both_figures() -> None:
    assert ratio(3, 2) == 1.5
    assert ratio(None, 2) is None
    assert ratio(3, None) is None
    assert ratio(3, 0) is None
