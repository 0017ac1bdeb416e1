"""What SaveTicker's news become."""

from typing import Any

import pytest

from tests.unit.processor.raw import Task, news, numbered, only, reason


def test_an_article_becomes_news() -> None:
    assert only("saveticker", news()) == {
        "schema": 1,
        "id": "saveticker:210523",
        "revision": 0,
        "source": "saveticker",
        "title": "엔비디아, 신규 AI 칩 공개",
        "body": "목록에서는 80~200자 미리보기만…",
        "url": "https://www.reuters.com/x",
        "published_at": "2026-07-06T12:04:11.482000Z",
        "language": "ko",
        "symbols": [],
        "labels": ["속보", "종합"],
        "votes": {"positive": 5, "negative": 1, "like": 7},
        "origin": {"topic": "cointicker.raw.saveticker", "partition": 0, "offset": 0},
    }


CRYPTO = [{"symbol": "GANADA", "name": "Ganada", "exchange": "CRYPTO"}]
SHARE = [{"symbol": "BTC", "name": "A fund", "exchange": "NYSE"}]


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"created_at": "2026-07-06T21:04:11"}, "published_at", "2026-07-06T12:04:11Z"),
        ({"created_at": "2026-07-06T21:04:11Z"}, "published_at", "2026-07-06T21:04:11Z"),
        ({"created_at": "2026-07-06T21:04:11+09:00"}, "published_at", "2026-07-06T12:04:11Z"),
        ({"tag_names": ["$BTC", "속보"], "tickers": None}, "symbols", ["BTC"]),
        ({"tag_names": ["$GANADA"], "tickers": CRYPTO}, "symbols", ["GANADA"]),
        ({"tag_names": ["$BTC"], "tickers": SHARE}, "symbols", []),
        ({"tag_names": None, "tickers": [{"symbol": "ETH"}]}, "symbols", ["ETH"]),
        ({"title": "비트코인 사상 최고가"}, "symbols", ["BTC"]),
        ({"title": "합병설 (카더라)"}, "title", "합병설"),
        ({"title": "합병설 (카더라)"}, "labels", ["속보", "종합", "rumour"]),
        ({"tag_names": ["종합"], "is_top_story": True}, "labels", ["종합", "top_story"]),
        ({"is_deleted": True}, "labels", ["속보", "종합", "deleted"]),
        ({"extra": None}, "url", "https://www.saveticker.com/news/210523"),
        ({"extra": {"source_url": ""}}, "url", "https://www.saveticker.com/news/210523"),
        ({"vote_stats": None, "like_stats": None}, "votes", {}),
        ({"content": None}, "body", ""),
        (
            {"content": [{"type": "text", "content": "문단"}, {"type": "image", "url": "u"}]},
            "body",
            "문단",
        ),
    ],
)
def test_a_field_is_cleaned(changed: dict[str, Any], field: str, expected: object) -> None:
    assert only("saveticker", news(**changed))[field] == expected


def test_only_id_title_and_time_have_to_be_there() -> None:
    bare = dict.fromkeys(("content", "tag_names", "tickers", "content_labels", "extra"))
    found = only("saveticker", news(**bare, like_stats=None, vote_stats=None, is_top_story=None))
    assert (found["symbols"], found["labels"], found["votes"]) == ([], [], {})


@pytest.mark.parametrize(
    ("changed", "because", "detail"),
    [
        ({"title": "(카더라)"}, "empty", "payload.title"),
        ({"created_at": "방금"}, "wrong_type", "payload.created_at"),
        ({"vote_stats": {"vote_counts": {"positive": -5}}}, "out_of_range", "vote_counts"),
        ({"tag_names": "속보"}, "wrong_type", "$.payload.tag_names"),
    ],
)
def test_an_article_that_is_not_as_documented_is_refused(
    changed: dict[str, Any], because: str, detail: str
) -> None:
    found, said = reason("saveticker", news(**changed))
    assert found == because
    assert detail in said


def test_tags_of_unknown_tickers_are_counted() -> None:
    task = Task("saveticker")
    task.work().take(numbered([news(tag_names=["$SKHY", "$BTC"], tickers=None)]))
    assert task.seen.counts.unmapped == 1
