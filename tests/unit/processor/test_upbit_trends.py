"""What tickers become."""

import pytest

from tests.unit.processor.raw import (
    FETCHED_MS,
    OPTIONS,
    TRADED_MS,
    Task,
    numbered,
    only,
    reason,
    taken,
    ticker,
)


def test_a_ticker_becomes_a_market() -> None:
    assert only("upbit_trends", ticker()) == {
        "schema": 1,
        "id": "KRW-BTC:1773240058930",
        "revision": 0,
        "venue": "upbit",
        "market": "KRW-BTC",
        "symbol": "BTC",
        "quote": "KRW",
        "price": 103493000.0,
        "change_rate": 0.0105060683,
        "volume_day": 1024.30599241,
        "turnover_day": 104890185475.22821,
        "volume_24h": 1587.73606087,
        "turnover_24h": 162997300132.123,
        "event_at": "2026-03-11T14:40:58.930000Z",
        "origin": {"topic": "cointicker.raw.upbit_trends", "partition": 0, "offset": 0},
    }


def test_whole_numbers_come_with_and_without_a_point() -> None:
    assert only("upbit_trends", ticker(trade_price=3480))["price"] == 3480.0


def test_a_renamed_ticker_has_its_symbol_of_today_and_its_market_as_it_is() -> None:
    market = only("upbit_trends", ticker("KRW-MATIC"))
    assert (market["market"], market["symbol"]) == ("KRW-MATIC", "POL")


def test_it_goes_to_the_partition_it_came_from_with_the_time_it_was_fetched() -> None:
    work = Task("upbit_trends", number=4).work()
    (output,) = work.take(numbered([ticker()]))
    assert output.topic == OPTIONS.processed_topic("market")
    assert (output.partition, output.key) == (4, b"KRW-BTC")
    assert output.timestamp_ms == FETCHED_MS


@pytest.mark.parametrize(
    ("value", "because", "detail"),
    [
        (ticker(trade_price=0), "out_of_range", "$.payload.trade_price"),
        (ticker(trade_price=-1.5), "out_of_range", "$.payload.trade_price"),
        (ticker(trade_price="103493000"), "wrong_type", "$.payload.trade_price"),
        (ticker(trade_price=None), "wrong_type", "$.payload.trade_price"),
        (ticker(signed_change_rate=-1.01), "out_of_range", "$.payload.signed_change_rate"),
        (ticker(acc_trade_volume=-1), "out_of_range", "$.payload.acc_trade_volume"),
        (ticker(traded_ms=1773240058), "out_of_range", "$.payload.trade_timestamp"),
        (ticker("BTC"), "out_of_range", "payload.market: 'BTC'"),
        (ticker("krw-btc"), "out_of_range", "payload.market: 'krw-btc'"),
        (ticker("KRW-비트"), "out_of_range", "payload.market: 'KRW-비트'"),
        (ticker().replace(b"0000000000000001", b"000000000000000g"), "wrong_type", "content_hash"),
        (ticker().replace(b"0000000000000001", b" 00000000000001 "), "wrong_type", "content_hash"),
        (ticker().replace(b'"schema":1', b'"schema":2'), "unknown_schema", "schema: 2"),
        (ticker().replace(b'"schema":1', b'"schema":"1"'), "wrong_type", "schema"),
        (ticker().replace(b'"schema":1,', b""), "missing_field", "schema"),
        (ticker().replace(b'"trade_price"', b'"price"'), "missing_field", "trade_price"),
        (ticker().replace(b'"upbit_trends"', b'"coinness"'), "wrong_identity", "coinness"),
        (ticker().replace(b"KRW-BTC:177", b"KRW-ETH:177"), "wrong_identity", "KRW-ETH"),
        (b"{", "not_json", "value"),
        (b"\xff\xfe", "not_json", "value"),
        (b'{"source":"\xff"}', "not_json", "value"),
        (b'{"x":' * 10_000, "not_json", "value: nested too deeply"),
        (b"[]", "wrong_type", "array"),
        (None, "no_value", "tombstone"),
    ],
)
def test_what_is_not_as_documented_is_refused(
    value: bytes | None, because: str, detail: str
) -> None:
    found, said = reason("upbit_trends", value)
    assert found == because
    assert detail in said


def test_a_trade_may_be_five_minutes_after_it_was_fetched_and_no_more() -> None:
    limit = FETCHED_MS + 300_000
    assert only("upbit_trends", ticker(traded_ms=limit))
    because, detail = reason("upbit_trends", ticker(traded_ms=limit + 1))
    assert because == "future_dated"
    assert str(limit + 1) in detail


def test_a_trade_may_be_as_old_as_it_likes_while_its_market_is_new() -> None:
    assert len(taken("upbit_trends", ticker(traded_ms=TRADED_MS - 86_400_000))) == 1
