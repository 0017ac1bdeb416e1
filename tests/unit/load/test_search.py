"""The search for the highest rate."""

import pytest

from tests.load.search import Search


def found(limit: float, first: float = 4000, most: float = 400_000) -> tuple[float | None, int]:
    search = Search(first, most)
    steps = 0
    while (rate := search.next_rate()) is not None:
        search.tell(rate, was_borne=rate <= limit)
        steps += 1
    return search.best, steps


@pytest.mark.parametrize("limit", [50, 3_999, 4_000, 25_000, 77_777, 250_000])
def test_it_comes_close_from_below_in_few_steps(limit: float) -> None:
    best, steps = found(limit)
    assert best is not None
    assert limit / 1.15 <= best <= limit
    assert steps <= 13


def test_it_stops_at_the_most_that_may_be_tried() -> None:
    assert found(limit=1e9) == (256_000, 7)


def test_where_nothing_is_borne_it_ends_with_nothing() -> None:
    assert found(limit=0)[0] is None
