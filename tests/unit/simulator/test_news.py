"""The two feeds of news: pages, changing titles and votes, times, odd fields."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator.config import Settings
from simulator.times import to_ms
from tests.unit.simulator.served import HOUR_MS, Client, SetClock, served

FLASHES = "/coinness/feed/v1/breaking-news"
NEWS = "/saveticker/api/news/list"
REAL_TIME = Settings(markets=20)


async def all_flashes(client: Client) -> list[Any]:
    seen: list[Any] = []
    cursor: dict[str, Any] = {}
    while page := (await client.get(f"{FLASHES}?{urlencode({'limit': 25, **cursor})}")).body:
        seen += page
        cursor = {"lastId": page[-1]["id"], "lastAt": page[-1]["publishAt"]}
    return seen


async def test_pages_of_flashes_cover_every_item_once_and_end() -> None:
    async with served() as client:
        seen = await all_flashes(client)
        again = await all_flashes(client)
        whole = (await client.get(f"{FLASHES}?limit=100")).body
    ids = [item["id"] for item in seen]
    assert len(ids) > 200
    assert ids == sorted(set(ids), reverse=True)
    assert again == seen
    assert whole == seen[:100]


async def test_pages_of_the_news_list_cover_every_item_once_and_end() -> None:
    async with served() as client:
        first = (await client.get(f"{NEWS}?page_size=50")).body
        count = first["total_count"]
        pages = [
            (await client.get(f"{NEWS}?page_size=50&page={page}")).body["news_list"]
            for page in range(1, count // 50 + 3)
        ]
    ids = [item["id"] for page in pages for item in page]
    assert len(ids) == len(set(ids)) == count
    assert pages[-1] == []


async def test_a_title_is_first_in_its_own_language_and_korean_within_a_minute() -> None:
    clock = SetClock()
    async with served(REAL_TIME, clock) as client:
        while (newest := (await client.get(f"{NEWS}?page_size=1")).body["news_list"][0])[
            "title"
        ].isascii() is False:
            clock.moment_ms += 5_000
        clock.moment_ms += 60_000
        later = (await client.get(f"/saveticker/api/news/detail/{newest['id']}")).body["news"]
        items = (await client.get(NEWS)).body["news_list"]
    again = next(item for item in items if item["id"] == newest["id"])
    assert newest["translations"]["translated"] == {}
    assert not again["title"].isascii()
    assert again["title"] == later["title"]
    assert again["translations"]["translated"]["ko_KR"]["title"] == again["title"]


async def test_votes_and_views_of_the_same_item_grow() -> None:
    clock = SetClock()
    async with served(clock=clock) as client:
        flashes = (await client.get(f"{FLASHES}?limit=20")).body
        news = (await client.get(NEWS)).body["news_list"]
        clock.moment_ms += HOUR_MS
        flashes_later = {
            each["id"]: each for each in (await client.get(f"{FLASHES}?limit=100")).body
        }
        news_later = {
            each["id"]: each
            for each in (await client.get(f"{NEWS}?page_size=100")).body["news_list"]
        }
    assert all(flashes_later[item["id"]]["bullCount"] >= item["bullCount"] for item in flashes)
    assert any(flashes_later[item["id"]]["bullCount"] > item["bullCount"] for item in flashes)
    assert all(news_later[item["id"]]["view_count"] > item["view_count"] for item in news)
    assert all(flashes_later[item["id"]]["title"] == item["title"] for item in flashes)


async def test_times_are_korean_with_milliseconds_or_either_zone() -> None:
    async with served() as client:
        flashes = (await client.get(f"{FLASHES}?limit=100")).body
        news = (await client.get(f"{NEWS}?page_size=100")).body["news_list"]
    assert all(item["publishAt"][-10] == "." for item in flashes)
    assert all(item["publishAt"].endswith("+09:00") for item in flashes)
    endings = {item["created_at"].replace("+09:00", "K")[-1] for item in news}
    assert endings == {"Z", "K"}


async def test_odd_fields_of_real_feeds_occur() -> None:
    async with served() as client:
        flashes = (await client.get(f"{FLASHES}?limit=100")).body
        news = (await client.get(f"{NEWS}?page_size=100")).body["news_list"]
    assert any(item["content"] is None for item in flashes)
    assert any("<br>" in (item["content"] or "") for item in flashes)
    assert any(item["originCodes"] == [] for item in flashes)
    assert any(code.islower() for item in flashes for code in item["originCodes"])
    assert any(item["bull"] is None for item in flashes)
    assert {None, "로이터", "reuters"} <= {item["source"] for item in news}
    assert any(item["title"].endswith("(카더라)") for item in news)


async def test_english_flashes_are_a_feed_of_their_own() -> None:
    async with served() as client:
        korean = (await client.get(f"{FLASHES}?limit=100")).body
        english = (await client.get(f"{FLASHES}?limit=100&languageCode=en")).body
    assert not {item["id"] for item in korean} & {item["id"] for item in english}
    assert all(item["title"].isascii() for item in english)


@pytest.mark.parametrize("sort", ["created_at_asc", "created_at_desc", "view_count_desc"])
async def test_the_news_list_is_sorted_as_asked(sort: str) -> None:
    async with served() as client:
        items = (await client.get(f"{NEWS}?sort={sort}&page_size=100")).body["news_list"]
    by, is_falling = ("view_count", True) if "view" in sort else ("id", sort.endswith("desc"))
    values = [int(item[by]) for item in items]
    assert values == sorted(values, reverse=is_falling)


@pytest.mark.parametrize("query", ["page=0", "page_size=101", "page_size=x", "sort=random"])
async def test_a_bad_question_to_the_news_list_is_refused_by_name(query: str) -> None:
    async with served() as client:
        answer = await client.get(f"{NEWS}?{query}")
    assert answer.status == 422
    assert answer.body == {"detail": f"Invalid {query.partition('=')[0]}"}


async def test_an_unknown_item_is_not_found() -> None:
    async with served() as client:
        answer = await client.get("/saveticker/api/news/detail/1")
    assert (answer.status, answer.body) == (404, {"detail": "Not found"})


async def test_nothing_is_published_before_its_time() -> None:
    async with served() as client:
        newest = (await client.get(f"{FLASHES}?limit=1")).body[0]["publishAt"]
        now = client.clock.now_ms()
    assert 0 <= now - to_ms(datetime.fromisoformat(newest)) < HOUR_MS
