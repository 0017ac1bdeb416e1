"""Coinness' feed of breaking news over HTTP: a bare array, newest first, paged by the last item."""

import zlib
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from simulator.newsroom import Newsroom, Story
from simulator.phrases import NEGATIVE
from simulator.times import kst, to_ms
from simulator.world import World

_DEFAULT_LIMIT = 20
_MOST = 100
_LANGUAGES = ("ko", "en")
_MOST_VOTES = 120


class Coinness:
    """The endpoint below `/coinness/feed/v1`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._newsroom = world.newsroom("coinness")

    def routes(self) -> list[web.RouteDef]:
        """The one endpoint."""
        return [web.get("/coinness/feed/v1/breaking-news", self._breaking_news)]

    async def _breaking_news(self, request: web.Request) -> web.Response:
        try:
            page = self._page(request)
        except ValueError as error:
            return _respond(400, {"message": f"Bad Request: {error}"})
        return _respond(200, page)

    def _page(self, request: web.Request) -> list[dict[str, Any]]:
        now_ms = self._world.clock.now_ms()
        limit = min(int(request.query.get("limit", _DEFAULT_LIMIT)), _MOST)
        language = request.query.get("languageCode", _LANGUAGES[0])
        if limit < 1 or language not in _LANGUAGES:
            raise ValueError("limit or languageCode")
        last_id = int(request.query["lastId"]) if "lastId" in request.query else None
        older = [
            story
            for story in self._newsroom.until(self._before(request, now_ms))
            if last_id is None or item_id(story, language) < last_id
        ]
        newest_first = older[: -limit - 1 : -1]
        return [item(self._newsroom, story, language, now_ms) for story in newest_first]

    def _before(self, request: web.Request, now_ms: int) -> int:
        """The latest moment that may be on this page."""
        last_at = request.query.get("lastAt")
        return min(now_ms, to_ms(datetime.fromisoformat(last_at))) if last_at else now_ms


def item_id(story: Story, language: str) -> int:
    """The number of a story in the feed of a language: later stories have higher ones."""
    return 2 * story.slot + _LANGUAGES.index(language)


def item(newsroom: Newsroom, story: Story, language: str, now_ms: int) -> dict[str, Any]:
    """One news item with the votes it has by now."""
    tilt = 0.25 if story.tone == NEGATIVE else 1.0
    bull = newsroom.grown(story, "bull", int(_MOST_VOTES * tilt), now_ms)
    bear = newsroom.grown(story, "bear", int(_MOST_VOTES * (1.25 - tilt)), now_ms)
    is_lower = newsroom.happens(story, "lower", 0.1)
    codes = [story.symbol.lower() if is_lower else story.symbol]
    if newsroom.happens(story, "no codes", 0.1):
        codes = []
    has_old_votes = newsroom.happens(story, "old votes", 0.95)
    has_link = newsroom.happens(story, "link", 0.05)
    return {
        "id": item_id(story, language),
        "categoryId": 1,
        "title": story.korean if language == "ko" else story.english,
        "content": _content(newsroom, story, language),
        "originCodes": codes,
        "quickOrderCode": story.symbol if codes else None,
        "thumbnailImage": None,
        "contentImage": None,
        "link": f"https://publisher.example.com/{story.slot}" if has_link else None,
        "linkTitle": None,
        "bull": bull if has_old_votes else None,
        "bear": bear if has_old_votes else None,
        "bullCount": bull,
        "bearCount": bear,
        "quoteCount": 0,
        "commentCount": newsroom.grown(story, "comments", 9, now_ms),
        "isBull": False,
        "isImportant": newsroom.happens(story, "important", 0.2),
        "isObserve": False,
        "isTranslated": False,
        "publishAt": kst(story.moment_ms).isoformat(timespec="milliseconds"),
    }


def _content(newsroom: Newsroom, story: Story, language: str) -> str | None:
    if newsroom.happens(story, "no content", 0.15):
        return None
    return story.korean_body if language == "ko" else story.english_body


def _respond(status: int, body: Any) -> web.Response:
    content = orjson.dumps(body)
    return web.Response(
        status=status,
        body=content,
        content_type="application/json",
        charset="utf-8",
        headers={"ETag": f'W/"{zlib.crc32(content):08x}"'},
    )
