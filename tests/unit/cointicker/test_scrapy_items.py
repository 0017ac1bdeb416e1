"""What a spider yields becomes a record, or is refused by name."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from scrapy import Field, Item
from scrapy.http import TextResponse

from cointicker.content_hash import content_hash
from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.messages import RawRecord
from cointicker.scrapy.item import RawItem, hash_of, message_of, read_item
from cointicker.times import to_ms
from collector.haul import Fetched, Wire
from collector.sources.upbit_trends import UpbitTrends
from tests.unit.cointicker.scrapy_items import NOW, fields
from tests.unit.collector.examples import TICKER

SPIDER = Path(__file__).parents[3] / "examples/scrapy/markets/spiders/upbit_trends.py"
TOPIC = "cointicker.raw.upbit_trends"
EVENT_AT = datetime(2026, 3, 11, 14, 40, 58, 930000, UTC)


def yielded(body: bytes) -> list[RawItem]:
    """What the spider of the example makes of a reply."""
    spider = runpy.run_path(str(SPIDER))["UpbitTrends"]()
    url = "https://api.upbit.com/v1/ticker/all?quote_currencies=KRW"
    return [read_item(each, NOW) for each in spider.parse(TextResponse(url, body=body))]


def test_a_record_is_what_the_shared_type_says() -> None:
    message = message_of(read_item(fields(), NOW), "upbit_trends", TOPIC)
    record = RawRecord(
        source="upbit_trends",
        id="KRW-BTC:1773240058930",
        content_hash=content_hash(TICKER),
        fetched_at=NOW,
        event_at=EVENT_AT,
        url="https://api.upbit.com/v1/ticker/all?quote_currencies=KRW",
        payload=TICKER,
    )
    assert message.value == record.encode()
    assert (message.topic, message.key) == (TOPIC, b"KRW-BTC")
    assert message.timestamp_ms == to_ms(NOW)


def test_a_spider_publishes_the_bytes_that_the_collector_does() -> None:
    tickers = [TICKER, {**TICKER, "market": "KRW-ETH", "trade_price": 3, "acc_trade_price": 1e-07}]
    body = orjson.dumps(tickers)
    source = UpbitTrends()
    for item, collected in zip(yielded(body), source.parse(body).items, strict=True):
        found = message_of(replace(item, fetched_at=NOW), "upbit_trends", TOPIC)
        fetched = Fetched(source.parse(body), item.url, NOW)
        [message] = Wire(source.topic, TOPIC, "dead", "gaps").records([collected], fetched)
        assert found.value == message.value
        assert (found.key, found.timestamp_ms) == (message.key, message.timestamp_ms)
        assert orjson.loads(found.value or b"")["content_hash"] == collected.content_hash


def test_what_is_volatile_does_not_change_the_hash_and_stays_in_the_payload() -> None:
    later = {**TICKER, "timestamp": TICKER["timestamp"] + 1}
    volatile = ["timestamp"]
    first, second = (
        orjson.loads(message_of(read_item(item, NOW), "s", "t").value or b"")
        for item in (fields(volatile=volatile), fields(volatile=volatile, payload=later))
    )
    assert first["content_hash"] == second["content_hash"]
    assert second["payload"] == later


def test_an_item_without_a_payload_is_the_payload_itself() -> None:
    flat = {"id": "7", "event_at": "2026-03-11T23:40:58+09:00", "url": "http://a/b", "title": "t"}
    item = read_item(flat, NOW)
    assert item.payload == flat
    assert (item.key, item.fetched_at) == ("7", NOW)
    assert item.event_at == datetime(2026, 3, 11, 14, 40, 58, tzinfo=UTC)


def test_a_flat_payload_keeps_what_is_none_and_leaves_out_what_is_said_aside() -> None:
    flat = {"id": "7", "event_at": EVENT_AT, "url": "http://a/b", "title": "t", "author": None}
    aside = {"key": "k", "volatile": ["views"], "fetched_at": NOW, "views": 1}
    item = read_item({**flat, **aside}, NOW)
    assert item.payload == {**flat, "event_at": "2026-03-11T14:40:58.930Z", "views": 1}
    assert (item.key, item.volatile, item.event_at) == ("k", ("views",), EVENT_AT)


def test_a_flat_item_that_is_fetched_again_has_the_same_hash() -> None:
    flat = {"id": "7", "event_at": EVENT_AT, "url": "http://a/b", "volatile": ["views"]}
    later = NOW + timedelta(minutes=1)
    first, again = (
        hash_of(read_item({**flat, "fetched_at": at, "views": views}, at))
        for at, views in ((NOW, 1), (later, 2))
    )
    assert first == again


class Declared(Item):
    id = Field()
    event_at = Field()
    url = Field()
    title = Field()


def test_items_of_scrapy_and_dataclasses_are_read_like_dicts() -> None:
    declared = Declared(id="7", event_at="2026-03-11T14:40:58Z", url="http://a/b", title="t")
    assert read_item(declared, NOW).payload["title"] == "t"
    item = RawItem(id="7", event_at=NOW, url="http://a/b", payload={"a": 1}, key="k")
    assert read_item(item, NOW) == replace(item, fetched_at=NOW)


@pytest.mark.parametrize("name", ["id", "event_at", "url"])
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(InvalidMessage, match=f"^missing_field: {name}: not in "):
        read_item(fields(**{name: None}), NOW)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("id", 7, "wrong_type"),
        ("id", "", "out_of_range"),
        ("id", "x" * 301, "out_of_range"),
        ("id", "\ud800", "out_of_range"),
        ("key", b"k", "wrong_type"),
        ("key", "", "out_of_range"),
        ("event_at", 1773240058930, "wrong_type"),
        ("event_at", "yesterday", "wrong_type"),
        ("event_at", "2026-03-11T14:40:58", "wrong_type"),
        ("event_at", "1970-01-01T00:00:00Z", "out_of_range"),
        ("fetched_at", "soon", "wrong_type"),
        ("url", "example.com", "wrong_type"),
        ("url", 7, "wrong_type"),
        ("payload", [TICKER], "wrong_type"),
        ("payload", 7, "wrong_type"),
        ("payload", {}, "missing_field"),
        ("volatile", "timestamp", "wrong_type"),
        ("volatile", [1], "wrong_type"),
        ("volatile", 1, "wrong_type"),
        ("title", "next to the payload", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(name: str, value: object, reason: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        read_item(fields(**{name: value}), NOW)
    assert caught.value.reason == reason
    assert caught.value.detail == f"{name}: {value!r:.200}"


@pytest.mark.parametrize("value", [float("nan"), NOW, {1: 2}, b"bytes", "\udcff", 1 << 70])
def test_what_json_cannot_hold_is_named(value: object) -> None:
    with pytest.raises(InvalidMessage) as caught:
        read_item(fields(payload={"fine": 1, "price": value}), NOW)
    assert caught.value.reason == "not_json"
    assert caught.value.detail == f"payload.price: {value!r}"


def test_a_payload_that_is_none_makes_no_flat_item() -> None:
    with pytest.raises(InvalidMessage, match=r"^wrong_type: payload: None"):
        read_item({**fields(), "payload": None}, NOW)


def test_a_payload_that_holds_itself_is_refused() -> None:
    payload: dict[str, Any] = {}
    payload["self"] = payload
    with pytest.raises(InvalidMessage, match=r"^not_json: payload\.self"):
        read_item(fields(payload=payload), NOW)


@pytest.mark.parametrize("make", [str, list, object])
def test_what_is_no_item_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidMessage, match=r"^wrong_type: item: "):
        read_item(make(), NOW)


def test_an_item_that_was_not_checked_is_not_published() -> None:
    item = RawItem(id="7", event_at=NOW, url="http://a/b", payload={"a": 1})
    with pytest.raises(ContractViolation):
        message_of(item, "s", "t")
