"""How old the oldest record is that waits: whatever is known of it, and no more."""

from collections.abc import Sequence

from cointicker.kafka.backlog import Backlog
from cointicker.kafka.records import Record
from tests.fakes.memory_kafka import Kept


def records(*stamps: tuple[int, float]) -> Sequence[Record]:
    return [Kept(offset, int(seconds * 1000), None, b"v") for offset, seconds in stamps]


def test_without_records_nothing_waits() -> None:
    backlog = Backlog(100)
    backlog.left(0, 100)
    assert backlog.age(1_000) == 0


def test_the_oldest_in_hand_counts_until_it_is_done() -> None:
    backlog = Backlog(100)
    backlog.left(3, 100)
    backlog.took(records((5, 40), (6, 50)))
    backlog.took(records((7, 60)))
    assert backlog.age(100) == 60
    backlog.done(5)
    assert backlog.age(100) == 60
    backlog.done(6)
    assert backlog.age(100) == 40
    backlog.done(7)
    assert backlog.age(100) == 0


def test_what_was_not_read_is_no_older_than_what_was() -> None:
    backlog = Backlog(100)
    backlog.left(5, 100)
    assert backlog.age(130) == 30
    backlog.took(records((0, 70)))
    backlog.done(0)
    assert backlog.age(130) == 60


def test_a_record_of_yesterday_that_was_written_now_has_not_waited_since_yesterday() -> None:
    backlog = Backlog(100)
    backlog.left(0, 200)
    backlog.left(1, 205)
    backlog.took(records((0, 0)))
    assert backlog.age(206) == 6


def test_what_comes_after_an_hour_of_nothing_has_not_waited_for_an_hour() -> None:
    backlog = Backlog(100)
    backlog.took(records((0, 100)))
    backlog.done(0)
    backlog.left(0, 3_700)
    backlog.left(1, 3_705)
    assert backlog.age(3_706) == 6


def test_what_is_dropped_waits_for_as_long_as_before() -> None:
    backlog = Backlog(100)
    backlog.left(0, 110)
    backlog.took(records((0, 120)))
    backlog.left(0, 130)
    backlog.dropped()
    assert backlog.age(150) == 30
    backlog.took(records((0, 120)))
    assert backlog.age(150) == 30
    backlog.done(0)
    assert backlog.age(150) == 0


def test_a_clock_that_was_set_back_gives_no_negative_age() -> None:
    backlog = Backlog(100)
    backlog.took(records((0, 100)))
    assert backlog.age(50) == 0
