"""What a task does with what it finds, case by case."""

import pytest

from cointicker.kafka.records import Commit, Partition
from cointicker.snapshots import Mark, Snapshot
from cointicker.tasks.plan import Found, Lost, Plan, Reason, Refusal, decide, rebuilt

INPUT = Partition("cointicker.raw.test", 2)


def snapshot(offset: int, *, began: int = 0, partitions: int = 6) -> Snapshot:
    return Snapshot(INPUT, partitions, began, offset, b"state")


def commit(
    offset: int, *, snapshot: int | None = None, began: int = 0, partitions: int = 6
) -> Commit:
    mark = Mark(began=began, partitions=partitions, snapshot=snapshot)
    return Commit(offset, mark.encode())


def found(
    commit: Commit | None, snapshot: Snapshot | None, *, start: int = 0, end: int = 100
) -> Found:
    return Found(INPUT, 6, start, end, commit, snapshot)


FIFTY = snapshot(50)


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        pytest.param(found(None, None), Plan(0, 0, 0), id="a first start, from the earliest"),
        pytest.param(
            found(None, None, start=40), Plan(40, 40, 40), id="a first start on an older log"
        ),
        pytest.param(
            found(None, None, start=0, end=0), Plan(0, 0, 0), id="a first start on nothing"
        ),
        pytest.param(
            found(commit(80, snapshot=50), FIFTY), Plan(50, 80, 0, FIFTY), id="snapshot and replay"
        ),
        pytest.param(
            found(commit(50, snapshot=50), FIFTY), Plan(50, 50, 0, FIFTY), id="nothing to replay"
        ),
        pytest.param(
            found(commit(100, snapshot=50), FIFTY, start=50),
            Plan(50, 100, 0, FIFTY),
            id="the log begins at the snapshot",
        ),
        pytest.param(found(commit(30), None), Plan(0, 30, 0), id="killed before any snapshot"),
        pytest.param(
            found(commit(30, began=20), None, start=20),
            Plan(20, 30, 20),
            id="killed before any snapshot, on an older log",
        ),
    ],
)
def test_it_goes_on_where_the_state_is_certain(given: Found, plan: Plan) -> None:
    assert decide(given) == plan


@pytest.mark.parametrize(
    ("given", "reason", "numbers", "plan"),
    [
        pytest.param(
            found(None, FIFTY),
            "no_commit",
            ("50",),
            Plan(0, 0, 0, lost=Lost(0, 0, "no_commit")),
            id="a snapshot without a commit",
        ),
        pytest.param(
            found(commit(40, snapshot=50), FIFTY),
            "ahead_of_commit",
            ("50", "40"),
            Plan(0, 40, 0, lost=Lost(0, 0, "ahead_of_commit")),
            id="a snapshot ahead of the commit",
        ),
        pytest.param(
            found(commit(80, snapshot=50), FIFTY, start=60),
            "too_old",
            ("50", "60"),
            Plan(60, 80, 60, lost=Lost(0, 60, "too_old")),
            id="a snapshot older than the log",
        ),
        pytest.param(
            found(commit(80, began=10), None, start=60),
            "too_old",
            ("10", "60"),
            Plan(60, 80, 60, lost=Lost(10, 60, "too_old")),
            id="no snapshot, and the beginning is gone",
        ),
        pytest.param(
            found(commit(80, snapshot=50), FIFTY, start=90),
            "below_start",
            ("80", "90"),
            Plan(90, 90, 90, lost=Lost(80, 90, "below_start")),
            id="records that were never read are gone",
        ),
        pytest.param(
            found(commit(120, snapshot=50), FIFTY),
            "beyond_end",
            ("120", "100"),
            Plan(0, 0, 0, lost=Lost(0, 0, "beyond_end")),
            id="a log that ends before the commit",
        ),
        pytest.param(
            found(commit(80, snapshot=50, partitions=3), snapshot(50, partitions=3)),
            "partition_count",
            ("6", "3"),
            Plan(0, 80, 0, lost=Lost(0, 0, "partition_count")),
            id="another number of partitions",
        ),
        pytest.param(
            found(commit(80, partitions=3), None),
            "partition_count",
            ("6", "3"),
            Plan(0, 80, 0, lost=Lost(0, 0, "partition_count")),
            id="another number of partitions, before any snapshot",
        ),
        pytest.param(
            found(commit(80, snapshot=50), None),
            "state_lost",
            ("80", "50"),
            Plan(0, 80, 0, lost=Lost(0, 0, "state_lost")),
            id="the snapshot is gone",
        ),
        pytest.param(
            found(commit(80, snapshot=70), FIFTY),
            "state_lost",
            ("70", "50"),
            Plan(0, 80, 0, lost=Lost(0, 0, "state_lost")),
            id="the newest snapshot is gone, an older one is there",
        ),
        pytest.param(
            found(Commit(80, ""), FIFTY),
            "foreign_commit",
            ("80",),
            Plan(0, 80, 0, lost=Lost(0, 0, "foreign_commit")),
            id="an operator moved the offset",
        ),
    ],
)
def test_what_is_uncertain_is_refused_and_only_rebuilt_when_asked(
    given: Found, reason: Reason, numbers: tuple[str, ...], plan: Plan
) -> None:
    refusal = decide(given)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert "cointicker.raw.test" in refusal.text
    assert all(number in refusal.text for number in numbers)
    assert rebuilt(given, reason) == plan
