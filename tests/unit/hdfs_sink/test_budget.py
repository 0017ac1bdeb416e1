"""One bound for all that waits in memory."""

from dataclasses import dataclass

from hdfs_sink.budget import Budget


@dataclass
class Holding:
    held_bytes: int
    body_bytes: int = 0
    is_held: bool = False
    rotations: int = 0

    def hold(self, is_held: bool) -> None:
        self.is_held = is_held

    def rotate(self) -> None:
        self.rotations += 1


def test_below_the_limit_nobody_is_held() -> None:
    holders = [Holding(40), Holding(50)]
    assert Budget(100).balance(holders) == 90
    assert [each.is_held for each in holders] == [False, False]


def test_at_the_limit_all_are_held_and_the_largest_file_closes() -> None:
    small, large = Holding(50, body_bytes=10), Holding(50, body_bytes=50)
    Budget(100).balance([small, large])
    assert (small.is_held, large.is_held) == (True, True)
    assert (small.rotations, large.rotations) == (0, 1)


def test_they_are_let_go_when_a_quarter_is_free() -> None:
    budget, holder = Budget(100), Holding(100)
    budget.balance([holder])
    holder.held_bytes = 76
    budget.balance([holder])
    assert holder.is_held
    holder.held_bytes = 75
    budget.balance([holder])
    assert not holder.is_held


def test_nobody_holds_nothing() -> None:
    assert Budget(100).balance([]) == 0
