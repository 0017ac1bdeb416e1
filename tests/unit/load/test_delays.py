"""Which arrivals count, and which records are looked for in HDFS."""

from tests.load.listening import Delays


def test_only_what_was_fetched_within_the_run_counts() -> None:
    delays = Delays(begin=100.0, end=200.0)
    for fetched in (99.9, 100.0, 150.0, 199.9, 200.0):
        delays.arrived("raw", fetched, fetched + 0.25)
    assert list(delays.values["raw"]) == [250.0] * 3


def test_an_arrival_after_the_end_still_counts() -> None:
    delays = Delays(begin=100.0, end=200.0)
    delays.arrived("raw", 199.0, 203.0)
    assert list(delays.values["raw"]) == [4000.0]


def test_of_each_partition_twenty_records_a_second_are_marked() -> None:
    delays = Delays(begin=0.0, end=10.0)
    for offset in range(1000):
        for partition in (0, 1):
            delays.mark(partition, offset, 1.0 + offset / 1000)
    assert 2 * 19 <= len(delays.marks) <= 2 * 21
