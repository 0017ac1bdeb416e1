import random

import pytest

from insights.view import Filter, View
from insights.view_candles import MOST_CANDLES, CandleRow, Candles, Series
from tests.unit.insights.api.examples import ENCODE, NOW_MS, candle, insight, put, put_candle


def ids(view: View, wanted: Filter | None = None, since_ms: int | None = None) -> list[str]:
    return [each.id for each in view.insights(wanted or Filter(), since_ms)]


def row(start: int, close: float = 1.0, recorded: int | None = None) -> CandleRow:
    at = start if recorded is None else recorded
    return CandleRow(start, 1, 1, 1, close, 1, 1, 1, 1, at)


def test_the_newest_is_first_whatever_came_first() -> None:
    names = [insight(f"i{ago}", ago_seconds=ago) for ago in range(20)]
    random.Random(7).shuffle(names)
    view = View(100, 100)
    put(view, *names)
    assert ids(view) == [f"i{ago}" for ago in range(20)]


def test_the_same_insight_again_changes_nothing_and_another_of_its_id_replaces_it() -> None:
    view = View(100, 100)
    first = insight("a", severity="low")
    assert view.put(first, ENCODE(first)) is not None
    assert view.put(first, ENCODE(first)) is None
    second = insight("a", severity="high", ago_seconds=5)
    assert view.put(second, ENCODE(second)) is not None
    assert [each.severity for each in view.insights(Filter())] == ["high"]
    assert len(view) == 1


def test_a_replacement_that_is_older_leaves_the_newest_of_its_kind_to_another() -> None:
    view = View(100, 100)
    put(view, insight("a", ago_seconds=1), insight("b", ago_seconds=2))
    put(view, insight("a", ago_seconds=3))
    newest = view.newest("price_move")
    assert newest is not None
    assert newest.id == "b"


def test_filters_are_all_met_at_once() -> None:
    view = View(100, 100)
    put(
        view,
        insight("a"),
        insight("b", kind="movers", market="all", severity="low"),
        insight("c", market="KRW-ETH", severity="low"),
        insight("d", market="KRW-ETH", ago_seconds=600),
    )
    assert ids(view, Filter(market="KRW-ETH")) == ["c", "d"]
    assert ids(view, Filter(symbol="BTC")) == ["a"]
    assert ids(view, Filter(severities=frozenset({"low"}))) == ["c", "b"]
    assert ids(view, Filter(kinds=frozenset({"movers"}))) == ["b"]
    assert ids(view, Filter(market="KRW-ETH"), NOW_MS - 100_000) == ["c"]


def test_the_oldest_goes_when_there_are_too_many_and_when_it_is_too_old() -> None:
    view = View(10, 100)
    put(view, *(insight(f"i{ago}", ago_seconds=ago) for ago in range(12)))
    assert ids(view) == [f"i{ago}" for ago in range(10)]
    view.forget_before(NOW_MS - 3_000)
    assert ids(view) == ["i0", "i1", "i2", "i3"]
    view.forget_before(NOW_MS + 1)
    assert (len(view), view.markets(), view.symbols(), view.newest("price_move")) == (
        0,
        set(),
        set(),
        None,
    )


def test_markets_and_symbols_are_known_from_insights_and_candles() -> None:
    view = View(10, 100)
    put(view, insight("a"), insight("b", market="all"))
    put_candle(view, candle(3, market="KRW-ETH"))
    assert view.markets() == {"KRW-BTC", "all", "KRW-ETH"}
    assert view.symbols() == {"BTC", "ETH"}
    view.forget_before(NOW_MS - 1)
    assert view.markets() == set()


def test_counts_are_by_kind_and_severity() -> None:
    view = View(100, 100)
    put(view, insight("a"), insight("b"), insight("c", kind="movers"), insight("d", ago_seconds=99))
    assert view.counts(NOW_MS - 61_000) == {("price_move", "high"): 2, ("movers", "high"): 1}


def test_a_candle_of_the_same_start_is_replaced_and_an_older_one_finds_its_place() -> None:
    series = Series(10)
    for each in (row(60), row(180), row(120), row(120, close=9.0)):
        series.put(each)
    assert [(each.start_ms, each.close) for each in series.newest(10, 0)] == [
        (60, 1.0),
        (120, 9.0),
        (180, 1.0),
    ]
    assert [each.start_ms for each in series.newest(1, 0)] == [180]
    assert [each.start_ms for each in series.newest(10, 61)] == [120, 180]


def test_a_series_keeps_its_newest() -> None:
    candles = Candles(10_000)
    for start in range(MOST_CANDLES["1h"] + 5):
        candles.put("KRW-BTC", "1h", row(start))
    kept = candles.newest("KRW-BTC", "1h", 10_000)
    assert (len(candles), kept[0].start_ms) == (MOST_CANDLES["1h"], 5)
    candles.forget_before(7)
    assert candles.newest("KRW-BTC", "1h", 1_000)[0].start_ms == 7
    candles.forget_before(10_000)
    assert (len(candles), list(candles.markets())) == (0, [])


def test_ten_thousand_markets_share_the_room_and_each_keeps_its_newest() -> None:
    candles = Candles(50_000)
    for start in range(1_000):
        candles.put("LONG", "1m", row(start))
    for market in range(10_000):
        for start in range(10):
            candles.put(f"M{market}", "1m", row(start))
            assert len(candles) <= 50_000
    lengths = [len(candles.newest(f"M{each}", "1m", 99)) for each in range(10_000)]
    assert min(lengths) >= 3
    assert len(candles) == sum(lengths) + len(candles.newest("LONG", "1m", 10_000))
    assert candles.newest("M1", "1m", 1)[0].start_ms == 9


@pytest.mark.parametrize("seed", range(5))
def test_two_views_that_read_the_partitions_in_another_order_show_the_same(seed: int) -> None:
    partitions = [
        [insight(f"p{p}i{i}", ago_seconds=i * 3 + p, severity="low") for i in range(30)]
        for p in range(3)
    ]
    chance = random.Random(seed)
    views = []
    for _ in range(2):
        view, left = View(40, 100), [list(each) for each in partitions]
        while any(left):
            some = chance.choice([each for each in left if each])
            put(view, some.pop())
        views.append(ids(view))
    assert views[0] == views[1]
