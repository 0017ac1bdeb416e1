"""Each version of each fact once: duplicates, edits, what is out of order and what is too old."""

import orjson

from cointicker.work import Output
from processor.options import Options
from tests.unit.processor.raw import TRADED_MS, Task, flash, numbered, refused, ticker

SECOND = 1_000
DAY = 86_400_000


def revisions(outputs: list[Output]) -> list[tuple[str, int]]:
    """Identity and revision of each processed record; a dead letter's reason and -1."""
    found = [orjson.loads(each.value) for each in outputs]
    return [(each.get("id") or each["reason"], each.get("revision", -1)) for each in found]


def market_versions(
    *facts: tuple[int, int], options: Options | None = None
) -> list[tuple[int | str, int]]:
    """The revisions for trades so many seconds after the first, in these versions."""
    task = Task("upbit_trends", options or Options())
    values = [ticker(traded_ms=TRADED_MS + at * SECOND, version=each) for at, each in facts]
    found = revisions(list(task.work().take(numbered(values))))
    return [
        ((int(name.split(":")[1]) - TRADED_MS) // SECOND if ":" in name else name, number)
        for name, number in found
    ]


def test_a_trade_that_was_seen_is_dropped() -> None:
    assert market_versions((0, 1), (0, 1), (1, 2), (0, 1), (1, 2)) == [(0, 0), (1, 0)]


def test_edits_of_a_trade_are_numbered_and_each_comes_once() -> None:
    assert market_versions((0, 1), (0, 2), (0, 1), (0, 3), (0, 2)) == [(0, 0), (0, 1), (0, 2)]


def test_a_trade_out_of_order_within_the_ring_is_taken() -> None:
    assert market_versions((0, 1), (2, 1), (1, 1), (1, 1)) == [(0, 0), (2, 0), (1, 0)]


def test_a_trade_before_a_full_ring_is_too_old() -> None:
    options = Options(remembered_trades=3)
    assert market_versions((1, 1), (2, 1), (0, 1), (3, 1), (0, 1), (1, 1), options=options) == [
        (1, 0),
        (2, 0),
        (0, 0),
        (3, 0),
        ("too_old", -1),
    ]


def test_an_edit_of_the_oldest_trade_of_a_full_ring_keeps_its_number() -> None:
    options = Options(remembered_trades=2)
    assert market_versions((0, 1), (0, 2), (0, 3), (0, 4), options=options) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
    ]


def test_markets_do_not_know_each_other() -> None:
    values = [ticker("KRW-BTC"), ticker("KRW-ETH"), ticker("KRW-BTC")]
    outputs = list(Task("upbit_trends").work().take(numbered(values)))
    assert [each.key for each in outputs] == [b"KRW-BTC", b"KRW-ETH"]


def test_past_the_most_markets_those_that_traded_longest_ago_are_forgotten() -> None:
    options = Options(remembered_markets=10)
    task = Task("upbit_trends", options)
    work = task.work()
    values = [ticker(f"KRW-M{at}", TRADED_MS + at * SECOND) for at in range(11)]
    work.take(numbered(values))
    repeated = work.take(numbered([values[0], values[1], values[10]]))
    # The first was forgotten for the eleventh, the second then for the first.
    assert [each.key for each in repeated] == [b"KRW-M0", b"KRW-M1"]


def test_edits_of_news_are_numbered_and_each_comes_once() -> None:
    values = [flash(version=each) for each in (1, 2, 1, 3, 2, 3)]
    task = Task("coinness")
    found = revisions(list(task.work().take(numbered(values))))
    assert found == [("coinness:1171041", number) for number in (0, 1, 2)]
    assert (task.seen.counts.processed, task.seen.counts.revisions) == (3, 2)
    assert task.seen.counts.duplicates == 3


def published(name: int, day: int) -> bytes:
    return flash(name, publishAt=f"2026-10-{day:02d}T00:00:00Z")


def test_news_is_remembered_for_seven_days_of_its_own_time() -> None:
    work = Task("coinness").work()
    first = [published(1, 1), published(2, 8), published(1, 1)]
    assert len(work.take(numbered(first))) == 2
    # Nine days after the first: it is forgotten, and what is older than it cannot be judged.
    later = [published(3, 10), published(1, 1), published(2, 8), published(4, 3)]
    assert revisions(list(work.take(numbered(later)))) == [
        ("coinness:3", 0),
        ("too_old", -1),
        ("coinness:4", 0),
    ]


def test_memory_has_a_bound_and_forgets_the_oldest_first() -> None:
    options = Options(remembered_versions=2)
    work = Task("coinness", options).work()
    values = [published(1, 1), published(3, 3), published(2, 2), published(3, 3), published(1, 1)]
    assert revisions(list(work.take(numbered(values)))) == [
        ("coinness:1", 0),
        ("coinness:3", 0),
        ("coinness:2", 0),
        ("too_old", -1),
    ]


def test_what_is_refused_is_not_remembered() -> None:
    values = [flash(title=""), flash()]
    found = revisions(list(Task("coinness").work().take(numbered(values))))
    assert found == [("empty", -1), ("coinness:1171041", 0)]


def test_a_repetition_of_what_was_refused_is_refused() -> None:
    assert [each["reason"] for each in refused("coinness", flash(title=""), flash(title=""))] == [
        "empty",
        "empty",
    ]
