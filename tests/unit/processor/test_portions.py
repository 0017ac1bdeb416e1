"""The same records give the same output and state, however they come and wherever it restarts."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.work import Output
from processor.making import SOURCES
from processor.options import Options
from tests.fakes.memory_log import Made
from tests.unit.processor.raw import (
    TRADED_MS,
    Task,
    answer,
    daily,
    flash,
    graph,
    news,
    numbered,
    ticker,
)

# Small bounds, so that a few records go past them.
SMALL = Options(
    remembered_trades=3, remembered_markets=3, remembered_ms=3 * 86_400_000, remembered_versions=4
)

markets = st.builds(
    lambda name, at, version: ticker(f"KRW-{name}", TRADED_MS + at, version=version),
    st.sampled_from("ABCDE"),
    st.integers(0, 6),
    st.integers(0, 3),
)
flashes = st.builds(
    lambda name, day, version: flash(name, version=version, publishAt=f"2026-10-{day:02d}"),
    st.integers(1, 5),
    st.integers(1, 9),
    st.integers(0, 3),
)
others = st.sampled_from([news(), answer(), graph(), daily(), b"{", b"\xff", None, b"[]"])
inputs = {
    "upbit_trends": st.lists(markets | others, max_size=30),
    "coinness": st.lists(flashes | others, max_size=30),
}


def cut(records: list[Made], at: list[int]) -> Iterator[list[Made]]:
    edges = [0, *sorted(min(each, len(records)) for each in at), len(records)]
    for start, end in pairwise(edges):
        yield records[start:end]


@pytest.mark.parametrize("source", inputs)
def test_any_portions_and_any_restarts_give_the_same(source: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(inputs[source], st.lists(st.integers(0, 30), max_size=5), st.booleans())
    def check(values: list[bytes | None], edges: list[int], restarts: bool) -> None:
        records = numbered(values)
        whole = Task(source, SMALL).work()
        expected = list(whole.take(records))
        work, outputs = Task(source, SMALL).work(), list[Output]()
        for portion in cut(records, edges):
            outputs += work.take(portion)
            if restarts:
                work = Task(source, SMALL).work(work.snapshot())
        assert outputs == expected
        assert work.snapshot() == whole.snapshot()

    check()


@pytest.mark.parametrize("source", SOURCES)
def test_every_record_is_processed_a_duplicate_or_a_dead_letter(source: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(markets | flashes | others, max_size=40))
    def check(values: list[bytes | None]) -> None:
        task = Task(source, SMALL)
        outputs = task.work().take(numbered(values))
        counts = task.seen.counts
        assert counts.processed + sum(counts.refused.values()) == len(outputs)
        assert len(outputs) + counts.duplicates == len(values)

    check()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def damaged(value: bytes) -> st.SearchStrategy[bytes]:
    """The value with some of its bytes replaced, or cut off."""
    return st.builds(
        lambda at, put, drop: value[: at % len(value)] + put + value[at % len(value) + drop :],
        st.integers(0, 10_000),
        st.binary(max_size=3) | st.sampled_from([b"null", b"-1", b'"', b"1e999", b"[]"]),
        st.integers(0, 40),
    )


@pytest.mark.parametrize(
    ("source", "example"),
    [
        ("upbit_trends", ticker),
        ("coinness", flash),
        ("saveticker", news),
        ("perplexity", answer),
        ("cnn_fear_greed", graph),
        ("cnn_fear_greed", daily),
    ],
)
def test_garbage_becomes_a_dead_letter_and_nothing_worse(
    source: str, example: Callable[..., bytes]
) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.binary(max_size=50) | damaged(example()))
    def check(value: bytes) -> None:
        task = Task(source)
        assert len(task.work().take(numbered([value]))) == 1

    check()


@pytest.mark.parametrize("name", ["title", "content", "originCodes", "publishAt", "link", "bull"])
def test_a_field_may_hold_anything(name: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(JSON)
    def check(anything: object) -> None:
        changed: dict[str, Any] = {name: anything}
        assert len(Task("coinness").work().take(numbered([flash(**changed)]))) == 1

    check()
