"""What is served has the fields and the types of the recorded and documented examples."""

import json
from typing import Any

import pytest

from tests.unit.simulator.served import PATHS, served

NULLABLE = {
    "content", "quickOrderCode", "link", "linkTitle", "thumbnailImage", "contentImage",
    "bull", "bear", "source", "thumbnail",
}  # fmt: skip

TICKER = """{"market": "KRW-BTC", "trade_date": "20260311", "trade_time": "144058",
"trade_date_kst": "20260311", "trade_time_kst": "234058", "trade_timestamp": 1773240058930,
"opening_price": 102417000.0, "high_price": 103988000.0, "low_price": 101150000.0,
"trade_price": 103493000.0, "prev_closing_price": 102417000.0, "change": "RISE",
"change_price": 1076000.0, "change_rate": 0.0105060683, "signed_change_price": 1076000.0,
"signed_change_rate": 0.0105060683, "trade_volume": 0.00094678,
"acc_trade_price": 104890185475.22821, "acc_trade_price_24h": 162997300132.123,
"acc_trade_volume": 1024.30599241, "acc_trade_volume_24h": 1587.73606087,
"highest_52_week_price": 179869000.0, "highest_52_week_date": "2025-10-09",
"lowest_52_week_price": 89000000.0, "lowest_52_week_date": "2026-02-06",
"timestamp": 1773240058973}"""
MARKET = """{"market": "KRW-BTC", "korean_name": "비트코인", "english_name": "Bitcoin",
"market_event": {"warning": false, "caution": {"PRICE_FLUCTUATIONS": false,
"TRADING_VOLUME_SOARING": false, "DEPOSIT_AMOUNT_SOARING": false,
"GLOBAL_PRICE_DIFFERENCES": false, "CONCENTRATION_OF_SMALL_ACCOUNTS": false}}}"""
CANDLE = """{"market": "KRW-BTC", "candle_date_time_utc": "2026-03-11T14:40:00",
"candle_date_time_kst": "2026-03-11T23:40:00", "opening_price": 103460000.0,
"high_price": 103493000.0, "low_price": 103440000.0, "trade_price": 103493000.0,
"timestamp": 1773240058930, "candle_acc_trade_price": 52340112.55,
"candle_acc_trade_volume": 0.50578, "unit": 1}"""
FLASH = """{"id": 1171041, "categoryId": 1, "title": "익명 고래, $380만 ETH 매수",
"content": "온체인 애널리스트에 따르면 …<br>본문", "originCodes": ["ETH"], "quickOrderCode": "ETH",
"thumbnailImage": null, "contentImage": null, "link": null, "linkTitle": null, "bull": 12,
"bear": 3, "bullCount": 12, "bearCount": 3, "quoteCount": 0, "commentCount": 1, "isBull": false,
"isImportant": false, "isObserve": false, "isTranslated": false,
"publishAt": "2026-10-07T21:51:40.528+09:00"}"""
NEWS = """{"news_list": [{"id": "210523", "title": "엔비디아, 신규 AI 칩 공개",
"content": "미리보기만…", "source": "로이터", "author_name": "오선", "author_role": "ADMIN",
"created_at": "2026-07-06T21:04:11.482000+09:00", "view_count": 1532, "comment_count": 4,
"tag_names": ["속보", "$NVDA"],
"tickers": [{"symbol": "NVDA", "name": "NVIDIA", "exchange": "NASDAQ"}],
"content_labels": [{"name": "종합"}], "thumbnail": null, "like_stats": {"like_count": 7},
"vote_stats": {"vote_counts": {"positive": 5, "negative": 1}, "total_count": 6},
"is_top_story": false, "is_group_top_story": false, "news_group_id": "88123", "similar_count": 0,
"is_headline_only": false, "is_deleted": false,
"extra": {"source_url": "https://www.reuters.com/x", "source_created_at": "2026-07-06T12:03:00Z"},
"translations": {"source_locale": "en_US", "translated": {"ko_KR": {"title": "엔비디아",
"content": [{"type": "text", "content": "본문"}]}}}}],
"total_count": 210523, "page": 1, "from_cache": false}"""
AGENT = """{"id": "resp_7f3b2c", "object": "response", "created_at": 1790000000,
"status": "completed", "model": "perplexity/sonar", "output": [
{"type": "search_results", "queries": ["bitcoin news today"], "results": [{"id": 1,
"url": "https://www.coindesk.com/markets/x", "title": "Bitcoin …", "snippet": "…",
"date": "2026-09-20", "last_updated": "2026-09-21", "source": "web"}]},
{"type": "message", "id": "msg_1a", "role": "assistant", "status": "completed", "content": [
{"type": "output_text", "text": "BTC … [1]", "annotations": [{"type": "url_citation",
"url": "https://www.coindesk.com/markets/x", "title": "Bitcoin …", "start_index": 6,
"end_index": 9}]}]}],
"usage": {"input_tokens": 1204, "output_tokens": 310, "total_tokens": 1514,
"input_tokens_details": {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
"tool_calls_details": {"search_web": {"invocation": 1}},
"cost": {"currency": "USD", "input_cost": 0.0012, "output_cost": 0.0009,
"tool_calls_cost": 0.0025, "total_cost": 0.0046}}}"""
SERIES = """{"timestamp": 1786406400000.0, "score": 64.37, "rating": "greed",
"data": [{"x": 1754870400000.0, "y": 57.628571428571426, "rating": "greed"}]}"""
SUMMARY = """{"score": 64.3714285714286, "rating": "greed",
"timestamp": "2026-08-11T00:00:00+00:00", "previous_close": 64.3714285714286,
"previous_1_week": 59.9714285714286, "previous_1_month": 46.82857142857143,
"previous_1_year": 57.628571428571426}"""
CRYPTO_INDEX = """{"name": "Fear and Greed Index", "data": [
{"value": "47", "value_classification": "Neutral", "timestamp": "1777248000",
"time_until_update": "25675"},
{"value": "45", "value_classification": "Fear", "timestamp": "1777161600"}],
"metadata": {"error": null}}"""
CNN_SERIES = [
    "fear_and_greed_historical", "market_momentum_sp500", "market_momentum_sp125",
    "stock_price_strength", "stock_price_breadth", "put_call_options", "market_volatility_vix",
    "market_volatility_vix_50", "junk_bond_demand", "safe_haven_demand",
]  # fmt: skip


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def differences(example: Any, value: Any, at: str = "") -> list[str]:
    """Where names or types differ; of a list each item is compared with the example's first."""
    if at.rsplit(".", maxsplit=1)[-1] in NULLABLE and (value is None or example is None):
        return []
    if kind(example) != kind(value):
        return [f"{at}: {kind(example)} became {kind(value)}"]
    if isinstance(example, dict):
        found = [f"{at}: fields {set(example) ^ set(value)}"] if set(example) != set(value) else []
        for name in set(example) & set(value):
            found += differences(example[name], value[name], f"{at}.{name}")
        return found
    if isinstance(example, list) and example:
        return [each for item in value for each in differences(example[0], item, f"{at}[]")]
    return []


@pytest.mark.parametrize(
    ("path", "example"),
    [
        (PATHS["upbit"], f"[{TICKER}]"),
        ("/upbit/v1/ticker?markets=KRW-BTC,KRW-ETH", f"[{TICKER}]"),
        ("/upbit/v1/market/all?is_details=true", f"[{MARKET}]"),
        ("/upbit/v1/candles/minutes/1?market=KRW-BTC&count=200", f"[{CANDLE}]"),
        ("/coinness/feed/v1/breaking-news?limit=100", f"[{FLASH}]"),
        # Oldest first: the newest are not translated yet.
        ("/saveticker/api/news/list?page_size=100&sort=created_at_asc", NEWS),
        ("/cnn/index/fearandgreed/current", SUMMARY),
    ],
)
async def test_every_item_has_the_fields_and_types_of_the_example(path: str, example: str) -> None:
    async with served() as client:
        answer = await client.get(path)
    assert answer.status == 200
    assert answer.body
    assert differences(json.loads(example), answer.body) == []


async def test_an_agents_answer_has_search_results_and_a_message_as_in_the_example() -> None:
    example = json.loads(AGENT)
    async with served() as client:
        body = (await client.source("perplexity")).body
    outputs = zip(example.pop("output"), body.pop("output"), strict=True)
    assert [each for pair in outputs for each in differences(*pair)] == []
    assert differences(example, body) == []


async def test_a_citation_stands_where_its_indices_say() -> None:
    async with served() as client:
        body = (await client.source("perplexity")).body
    part = body["output"][1]["content"][0]
    marks = [part["text"][note["start_index"] : note["end_index"]] for note in part["annotations"]]
    assert marks == ["[1]", "[2]", "[3]"]


async def test_cnn_serves_the_index_and_its_nine_series() -> None:
    async with served() as client:
        body = (await client.source("cnn")).body
    assert differences(json.loads(SUMMARY), body.pop("fear_and_greed")) == []
    assert list(body) == CNN_SERIES
    assert [each for part in body.values() for each in differences(json.loads(SERIES), part)] == []


async def test_the_crypto_index_is_all_strings_and_counts_down_on_the_newest_only() -> None:
    example = json.loads(CRYPTO_INDEX)
    async with served() as client:
        body = (await client.source("alternative")).body
        whole = (await client.get("/alternative/fng/?limit=0")).body
    assert [
        each
        for pair in zip(example["data"], body["data"], strict=True)
        for each in differences(*pair)
    ] == []
    assert differences({**example, "data": []}, {**body, "data": []}) == []
    assert whole["data"][-1]["timestamp"] == "1517443200"


async def test_the_same_field_is_a_whole_number_of_one_market_and_a_float_of_another() -> None:
    async with served() as client:
        body = json.loads((await client.source("upbit")).content)
    assert {type(item["trade_price"]) for item in body} == {int, float}
