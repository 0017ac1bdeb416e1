"""Every source on what it is documented to send, and on what it is not."""

import copy
import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cointicker.errors import InvalidMessage
from collector.items import Item, Page
from collector.source import Cursor
from collector.sources.coinness import Coinness
from collector.sources.perplexity import Perplexity
from collector.sources.saveticker import Saveticker
from collector.sources.upbit_trends import UpbitTrends
from tests.fakes.scripted_http import ScriptedHttp, reply
from tests.unit.collector.examples import ANSWER, FLASH, INDEX, NEWS, SOURCES, TICKER, body

NAMES = list(SOURCES)
LISTS = ["upbit_trends", "coinness", "saveticker", "alternative_me"]
REASONS = {"missing_field", "wrong_type", "out_of_range", "not_json", "not_completed"}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["", "0", "2026-13-41", "0001-01-01T00:00:00+09:00", "NaN", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


def parse(name: str, items: list[Any]) -> Page:
    return SOURCES[name][0].parse(body(name, items))


def refusals(name: str, text: bytes) -> list[str]:
    """Why what is in a reply was refused, as a whole or item by item."""
    try:
        page = SOURCES[name][0].parse(text)
    except InvalidMessage as error:
        return [error.reason]
    return [each.reason for each in page.invalid]


def only(page: Page) -> Item:
    assert page.invalid == []
    [item] = page.items
    return item


@pytest.mark.parametrize(
    ("name", "id_", "key", "event_at"),
    [
        ("upbit_trends", "KRW-BTC:1773240058930", "KRW-BTC", "2026-03-11T14:40:58.930Z"),
        ("coinness", "1171041", "1171041", "2026-10-07T12:51:40.528Z"),
        ("saveticker", "210523", "210523", "2026-07-06T12:04:11.482Z"),
        (
            "perplexity",
            "7ab64ca426cc7cd8:2026-09-21T14:00:00Z",
            "7ab64ca426cc7cd8:2026-09-21T14:00:00Z",
            "2026-09-21T14:13:20Z",
        ),
        ("cnn_fear_greed", "cnn:2026-08-11T00:00:00Z", "cnn:2026-08-11T00:00:00Z", "2026-08-11"),
        ("alternative_me", "alternative_me:1777248000", "alternative_me:1777248000", "2026-04-27"),
    ],
)
def test_the_documented_item_is_taken_as_it_is(
    name: str, id_: str, key: str, event_at: str
) -> None:
    example = SOURCES[name][1]
    item = only(parse(name, [example]))
    assert (item.id, item.key) == (id_, key)
    moment = datetime.fromisoformat(event_at)
    assert item.event_at == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    assert json.loads(item.payload) == example


def test_alternative_me_gives_an_item_a_day() -> None:
    page = parse("alternative_me", INDEX["data"])
    expected = ["alternative_me:1777248000", "alternative_me:1777161600"]
    assert [item.id for item in page.items] == expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [b"", b"null", b"<html>", b"{", b"7", b"\xff", b"[" * 5000])
def test_what_is_no_reply_is_refused_by_name(name: str, text: bytes) -> None:
    [reason] = refusals(name, text)
    assert reason in {"not_json", "wrong_shape", "wrong_type", "missing_field"}


@pytest.mark.parametrize("name", NAMES)
def test_an_error_in_a_good_reply_is_no_item(name: str) -> None:
    text = b'{"error":{"name":400,"message":"Missing request parameter error."}}'
    assert refusals(name, text) in (["wrong_shape"], ["missing_field"])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(where=st.integers(0, 30), value=JSON, drop=st.booleans())
def test_a_changed_field_never_breaks_the_parser(
    name: str, where: int, value: Any, drop: bool
) -> None:
    changed = copy.deepcopy(SOURCES[name][1])
    field = sorted(changed)[where % len(changed)]
    if drop:
        del changed[field]
    else:
        changed[field] = value
    page = parse(name, [changed])
    assert len(page.items) + len(page.invalid) == 1
    assert {each.reason for each in page.invalid} <= REASONS
    for item in page.items:
        json.loads(item.payload)
        item.key.encode()


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=40, deadline=None)
@given(garbage=st.lists(JSON, max_size=4), at=st.integers(0, 4))
def test_a_good_item_is_never_lost_among_bad_ones(name: str, garbage: list[Any], at: int) -> None:
    good = SOURCES[name][1]
    page = parse(name, [*garbage[:at], good, *garbage[at:]])
    assert only(parse(name, [good])) in page.items
    assert len(page.items) + len(page.invalid) == len(garbage) + 1


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(text=st.binary() | st.text(st.characters(codec="utf-8")).map(str.encode))
def test_any_bytes_are_a_page_or_a_refusal(name: str, text: bytes) -> None:
    assert set(refusals(name, text)) <= {*REASONS, "wrong_shape"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0, "out_of_range"),
        (-1, "out_of_range"),
        (math.nan, "wrong_type"),
        (math.inf, "wrong_type"),
        ("103493000", "wrong_type"),
        (None, "wrong_type"),
        (True, "wrong_type"),
    ],
)
def test_a_price_that_is_none_is_refused_and_its_siblings_go_on(value: Any, reason: str) -> None:
    other = {**TICKER, "market": "KRW-ETH"}
    page = parse("upbit_trends", [{**TICKER, "trade_price": value}, other])
    assert [(each.reason, each.field) for each in page.invalid] == [(reason, "trade_price")]
    assert [item.key for item in page.items] == ["KRW-ETH"]


def test_a_number_that_json_cannot_hold_is_refused_wherever_it_is() -> None:
    text = json.dumps([TICKER, {**TICKER, "market": "KRW-ETH"}]).replace("179869000.0", "NaN", 1)
    page = UpbitTrends().parse(text.encode())
    assert [(each.reason, each.field) for each in page.invalid] == [("not_json", "other")]
    assert [item.key for item in page.items] == ["KRW-ETH"]


@pytest.mark.parametrize("field", ["trade_price", "acc_trade_price", "signed_change_rate"])
def test_a_number_may_be_written_as_an_integer(field: str) -> None:
    only(parse("upbit_trends", [{**TICKER, field: 1}]))


def test_times_in_seconds_are_not_taken_for_milliseconds() -> None:
    page = parse("upbit_trends", [{**TICKER, "trade_timestamp": 1773240058}])
    assert [each.field for each in page.invalid] == ["trade_timestamp"]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("upbit_trends", "timestamp", 1773240059999),
        ("upbit_trends", "acc_trade_price_24h", 1.0),
        ("upbit_trends", "acc_trade_volume_24h", 1.0),
        ("coinness", "commentCount", 99),
        ("saveticker", "view_count", 99),
        ("perplexity", "id", "resp_other"),
        ("alternative_me", "time_until_update", "1"),
    ],
)
def test_what_changes_by_itself_is_no_edit(name: str, field: str, value: Any) -> None:
    example = SOURCES[name][1]
    before, after = (only(parse(name, [each])) for each in (example, {**example, field: value}))
    assert before.content_hash == after.content_hash


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("upbit_trends", "trade_price", 1.0),
        ("coinness", "title", "edited"),
        ("coinness", "bullCount", 13),
        ("saveticker", "title", "translated"),
        ("saveticker", "vote_stats", {"total_count": 7}),
        ("saveticker", "is_deleted", True),
    ],
)
def test_an_edit_has_the_same_id_and_another_hash(name: str, field: str, value: Any) -> None:
    example = SOURCES[name][1]
    before, after = (only(parse(name, [each])) for each in (example, {**example, field: value}))
    assert before.id == after.id
    assert before.content_hash != after.content_hash


def test_the_order_of_fields_does_not_change_the_hash() -> None:
    turned = dict(reversed(TICKER.items()))
    assert only(parse("upbit_trends", [TICKER])).content_hash == (
        only(parse("upbit_trends", [turned])).content_hash
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-06T21:04:11", "2026-07-06T12:04:11+00:00"),
        ("2026-07-06T12:04:11Z", "2026-07-06T12:04:11+00:00"),
    ],
)
def test_a_time_without_an_offset_is_korean_at_saveticker(text: str, expected: str) -> None:
    item = only(parse("saveticker", [{**NEWS, "created_at": text}]))
    assert item.event_at == datetime.fromisoformat(expected)


@pytest.mark.parametrize("status", ["failed", "incomplete", "in_progress"])
def test_an_answer_that_is_not_complete_is_no_item(status: str) -> None:
    page = parse("perplexity", [{**ANSWER, "status": status}])
    assert [(each.reason, each.field) for each in page.invalid] == [("not_completed", "status")]


def test_a_question_asked_again_in_its_slot_is_an_edit_of_the_same_answer() -> None:
    later = {**ANSWER, "id": "resp_2", "created_at": 1790000000 + 900, "output": [{"type": "x"}]}
    first, second = (only(parse("perplexity", [each])) for each in (ANSWER, later))
    assert first.id == second.id
    assert first.content_hash != second.content_hash


def test_coinness_may_wrap_its_list() -> None:
    assert only(Coinness().parse(json.dumps({"items": [FLASH]}).encode())).id == "1171041"


async def test_coinness_asks_for_older_flashes_by_the_last_one() -> None:
    http = ScriptedHttp(reply())
    oldest = only(parse("coinness", [FLASH]))
    await Coinness(base_url="http://x").fetch(http, Cursor(2, oldest))
    url = http.asked[0][1]
    assert url.endswith("&lastId=1171041&lastAt=2026-10-07T21%3A51%3A40.528%2B09%3A00")


async def test_saveticker_asks_for_older_news_by_page() -> None:
    http = ScriptedHttp(reply())
    await Saveticker(base_url="http://x").fetch(http, Cursor(3, only(parse("saveticker", [NEWS]))))
    assert "page=3&" in http.asked[0][1]


async def test_perplexity_is_asked_with_the_key() -> None:
    http = ScriptedHttp(reply())
    source = Perplexity.model_validate({"api_key": "pplx-1", "base_url": "http://x"})
    await source.fetch(http, None)
    method, url, headers, text = http.asked[0]
    assert (method, url) == ("POST", "http://x/v1/agent")
    assert headers["Authorization"] == "Bearer pplx-1"
    assert json.loads(text)["model"] == "perplexity/sonar"


@pytest.mark.parametrize("name", NAMES)
async def test_no_source_sends_an_origin(name: str) -> None:
    http = ScriptedHttp(reply())
    await SOURCES[name][0].fetch(http, None)
    assert "origin" not in {header.lower() for header in http.asked[0][2]}
