"""A target is met, missed, or not measured: never met by accident."""

from tests.load.targets import latency_target, memory_targets, peer_target, sink_target

FLAT = [(float(n), 100.0) for n in range(60)]
GROWING = [(float(n), 80.0 + n) for n in range(60)]


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


def test_a_memory_has_to_be_small_and_flat() -> None:
    verdicts = memory_targets(
        {
            "collector": FLAT,
            "processor": GROWING,
            "insights": [(t, 3 * mib) for t, mib in FLAT],
            "hdfs-sink": FLAT[:2],
            "kafka": GROWING,
        }
    )
    assert [(each.name.partition(":")[0], each.is_met) for each in verdicts] == [
        ("collector", True),
        ("processor", False),
        ("insights", False),
        ("hdfs-sink", None),
    ]
