"""A target is met, missed, or not measured: never met by accident."""

from tests.load.result import Target
from tests.load.targets import flat_targets, latency_target, peak_targets, peer_target, sink_target

FLAT = [(10.0 * n, 100.0) for n in range(61)]
GROWING = [(10.0 * n, 80.0 + n) for n in range(61)]


def test_a_late_price_move_misses_whatever_the_rate() -> None:
    assert latency_target([500, 80, 100, 299, 400], 2000).is_met is True
    assert latency_target([500, 80, 100, 300, 400], 2000).is_met is False
    assert latency_target([500, 80, 100, 301, 400], 100).is_met is False


def test_a_fast_answer_under_little_load_proves_nothing() -> None:
    assert latency_target([500, 80, 100, 200, 400], 500).is_met is None


def test_records_that_never_came_miss_however_fast_the_others_were() -> None:
    verdict = latency_target([500, 80, 100, 200, 400], 2000, unseen=1)
    assert verdict.is_met is False
    assert "1 records were never seen" in verdict.found
    assert latency_target([0, None, None, None, None], 2000, unseen=1).is_met is False


def test_of_a_few_price_moves_the_latest_in_a_hundred_is_not_told() -> None:
    assert latency_target([99, 80, 100, 200, 200], 2000).is_met is None
    assert latency_target([99, 80, 100, 400, 400], 2000).is_met is False


def test_without_a_price_move_nothing_was_measured() -> None:
    assert latency_target([0, None, None, None, None], 2000).is_met is None


def test_the_peer_has_to_be_beaten_twice() -> None:
    assert peer_target(100, 50, None, commits=8).is_met is True
    assert peer_target(99, 50, None, commits=8).is_met is False
    assert peer_target(99, None, None, commits=8).is_met is None


def test_a_peer_that_was_seen_to_commit_a_few_times_is_not_judged() -> None:
    verdict = peer_target(1000, 50, None, commits=7)
    assert verdict.is_met is None
    assert "measured too shortly" in verdict.found


def test_half_of_the_drain_rate_is_enough() -> None:
    assert sink_target(50, 100).is_met is True
    assert sink_target(49, 100).is_met is False
    assert sink_target(None, 100).is_met is None


def verdicts(targets: list[Target]) -> list[tuple[str, bool | None]]:
    return [(each.name.partition(":")[0], each.is_met) for each in targets]


def test_a_memory_has_to_stay_as_it_is_and_a_short_look_cannot_tell() -> None:
    found = flat_targets(
        {"collector": FLAT, "processor": GROWING, "hdfs-sink": FLAT[:60], "kafka": GROWING}
    )
    assert verdicts(found) == [("collector", True), ("processor", False), ("hdfs-sink", None)]
    assert found[-1].found == "measured too shortly"


def test_the_memory_of_a_sink_that_closes_files_early_proves_nothing() -> None:
    [early] = peak_targets({"hdfs-sink": 90.0}, "at 2000/s")
    assert early.is_met is None
    [large] = peak_targets({"hdfs-sink": 190.0}, "at 2000/s")
    assert large.is_met is False
    [shipped] = peak_targets({"hdfs-sink": 90.0}, "at 2000/s", is_sink_as_shipped=True)
    assert shipped.is_met is True


def test_a_memory_has_to_be_small_however_short_the_look() -> None:
    found = peak_targets({"collector": 149.9, "insights": 150.0, "kafka": 900.0}, "at 2000/s")
    assert verdicts(found) == [("collector", True), ("insights", False)]
