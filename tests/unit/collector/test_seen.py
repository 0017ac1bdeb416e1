"""What was accepted lately, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from collector.seen import Seen


def test_the_same_content_is_unchanged_and_another_is_not() -> None:
    seen = Seen(10)
    seen.remember([("a", "1")])
    assert seen.is_unchanged("a", "1")
    assert not seen.is_unchanged("a", "2")
    assert not seen.is_unchanged("b", "1")


def test_the_id_that_was_asked_for_longest_ago_is_forgotten() -> None:
    seen = Seen(2)
    seen.remember([("a", "1"), ("b", "1")])
    seen.is_unchanged("a", "1")
    seen.remember([("c", "1")])
    assert "a" in seen
    assert "b" not in seen


@given(st.lists(st.tuples(st.text(max_size=2), st.text(max_size=1))))
def test_memory_is_bounded_and_the_last_one_is_known(pairs: list[tuple[str, str]]) -> None:
    seen = Seen(3)
    for pair in pairs:
        seen.remember([pair])
        assert seen.is_unchanged(*pair)
    assert len(seen) <= 3
