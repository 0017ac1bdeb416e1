"""What Coinness' flashes become."""

from typing import Any

import pytest

from tests.unit.processor.raw import Task, flash, numbered, only, reason


def test_a_flash_becomes_news() -> None:
    assert only("coinness", flash()) == {
        "schema": 1,
        "id": "coinness:1171041",
        "revision": 0,
        "source": "coinness",
        "title": "익명 고래, $380만 ETH 매수",
        "body": "온체인 애널리스트에 따르면 …\n본문",
        "url": "https://coinness.com/news/1171041",
        "published_at": "2026-10-07T12:51:40.528000Z",
        "language": "ko",
        "symbols": ["ETH"],
        "labels": [],
        "votes": {"bull": 12, "bear": 3},
        "origin": {"topic": "cointicker.raw.coinness", "partition": 0, "offset": 0},
    }


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"originCodes": ["eth", "BTC", "ETH"]}, "symbols", ["ETH", "BTC"]),
        ({"originCodes": None, "quickOrderCode": None}, "symbols", ["ETH"]),
        ({"originCodes": [], "quickOrderCode": "MATIC", "title": "속보"}, "symbols", ["POL"]),
        (
            {"originCodes": ["XRP"], "quickOrderCode": None, "title": "비트코인 급락"},
            "symbols",
            ["XRP", "BTC"],
        ),
        ({"content": "see $SOL", "originCodes": []}, "symbols", ["ETH", "SOL"]),
        ({"originCodes": ["비트", ""]}, "symbols", ["ETH"]),
        ({"content": None}, "body", ""),
        ({"link": "https://publisher.example.com/1"}, "url", "https://publisher.example.com/1"),
        ({"link": "javascript:alert(1)"}, "url", "https://coinness.com/news/1171041"),
        ({"link": "https://["}, "url", "https://coinness.com/news/1171041"),
        ({"isImportant": True}, "labels", ["important"]),
        ({"bullCount": None, "bearCount": None}, "votes", {"bull": 12, "bear": 3}),
        ({"bullCount": 20, "bear": None, "bearCount": None}, "votes", {"bull": 20}),
        ({"title": "Whale buys <b>ETH</b>", "content": None}, "language", "en"),
        ({"title": "Whale buys <b>ETH</b>"}, "title", "Whale buys ETH"),
        ({"publishAt": "2026-10-07T12:51:40Z"}, "published_at", "2026-10-07T12:51:40Z"),
        ({"stockList": [1]}, "id", "coinness:1171041"),
    ],
)
def test_a_field_is_cleaned(changed: dict[str, Any], field: str, expected: object) -> None:
    assert only("coinness", flash(**changed))[field] == expected


@pytest.mark.parametrize(
    ("changed", "because", "detail"),
    [
        ({"title": " <br> "}, "empty", "payload.title"),
        ({"title": None}, "wrong_type", "$.payload.title"),
        ({"publishAt": "yesterday"}, "wrong_type", "payload.publishAt: not a time: 'yesterday'"),
        ({"publishAt": "1970-01-01T00:00:00Z"}, "out_of_range", "payload.publishAt"),
        ({"publishAt": "2027-10-07T12:51:40Z"}, "future_dated", "2027-10-07"),
        ({"publishAt": "0001-01-01T00:00:00+09:00"}, "wrong_type", "payload.publishAt"),
        ({"bullCount": -1}, "out_of_range", "$.payload.bullCount"),
        ({"content": "x" * 200_001}, "too_long", "payload.content: 200001"),
    ],
)
def test_a_flash_that_is_not_as_documented_is_refused(
    changed: dict[str, Any], because: str, detail: str
) -> None:
    found, said = reason("coinness", flash(**changed))
    assert found == because
    assert detail in said


def test_codes_that_mean_no_coin_are_counted() -> None:
    task = Task("coinness")
    task.work().take(numbered([flash(originCodes=["비트", "BTC-PERP", "BTC"])]))
    assert task.seen.counts.unmapped == 2
