"""SaveTicker's news list over HTTP: items whose titles and counts change after they came out."""

from typing import Any

import orjson
from aiohttp import web

from simulator.newsroom import Newsroom, Story
from simulator.phrases import NEGATIVE, POSITIVE
from simulator.times import kst, utc
from simulator.world import World

_SORTS = ("created_at_desc", "created_at_asc", "view_count_desc")
_DEFAULT_PAGE_SIZE = 20
_MOST = 100
_SOURCES = ("로이터", "블룸버그", "reuters", "financial-juice", "fivelines_news", None)
# A title is in its original language for so long at least and at most, at real speed.
_TRANSLATED_AFTER_MS = (5_000, 55_000)
# In a fast world a collector polls this many times as often as in the real one.
_POLLED_FASTER = 12


class SaveTicker:
    """The endpoints below `/saveticker/api/news`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._newsroom = world.newsroom("saveticker")
        self._slower = max(1.0, world.settings.speed / _POLLED_FASTER)

    def routes(self) -> list[web.RouteDef]:
        """The list, and the detail by path and by query."""
        return [
            web.get("/saveticker/api/news/list", self._list),
            web.get("/saveticker/api/news/detail", self._detail),
            web.get("/saveticker/api/news/detail/{id}", self._detail),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            page = _number(query.get("page", "1"), "page", 1_000_000)
            size = _number(query.get("page_size", str(_DEFAULT_PAGE_SIZE)), "page_size", _MOST)
            sort = _sort(query.get("sort", _SORTS[0]))
        except ValueError as error:
            return _respond(422, {"detail": f"Invalid {error}"})
        stories = self._newsroom.until(self._world.clock.now_ms())
        if "tickers" in query:
            asked = query["tickers"].split(",")
            stories = [story for story in stories if story.symbol in asked]
        shown = self._sorted(stories, sort)[(page - 1) * size : page * size]
        body = {
            "news_list": [self._item(story) for story in shown],
            "total_count": len(stories),
            "page": page,
            "from_cache": False,
        }
        return _respond(200, body)

    async def _detail(self, request: web.Request) -> web.Response:
        asked = request.match_info.get("id", request.query.get("id", ""))
        for story in self._newsroom.until(self._world.clock.now_ms()):
            if str(story.slot) == asked:
                return _respond(200, {"news": self._full(story)})
        return _respond(404, {"detail": "Not found"})

    def _sorted(self, stories: list[Story], sort: str) -> list[Story]:
        if sort == "view_count_desc":
            return sorted(stories, key=self._views, reverse=True)
        return stories if sort == "created_at_asc" else stories[::-1]

    def _views(self, story: Story) -> int:
        return self._newsroom.grown(story, "views", 5000, self._world.clock.now_ms())

    def _is_translated(self, story: Story) -> bool:
        first, last = _TRANSLATED_AFTER_MS
        after = first + self._newsroom.draw(story, "translated") * (last - first)
        return self._world.clock.now_ms() >= story.moment_ms + after * self._slower

    def _texts(self, story: Story) -> tuple[str, str]:
        """Title and text as they stand now."""
        if not self._is_translated(story):
            return story.english, story.english_body
        rumour = " (카더라)" if self._newsroom.happens(story, "rumour", 0.1) else ""
        return story.korean + rumour, story.korean_body

    def _item(self, story: Story) -> dict[str, Any]:
        title, text = self._texts(story)
        now_ms = self._world.clock.now_ms()
        translated = {"ko_KR": {"title": title, "content": _blocks(text)}}
        return {
            "id": str(story.slot),
            "title": title,
            "content": text.replace("<br>", " ")[:200],
            "source": self._source(story),
            "author_name": "오선",
            "author_role": "ADMIN",
            "created_at": _created(self._newsroom, story),
            "view_count": self._views(story),
            "comment_count": self._newsroom.grown(story, "comments", 12, now_ms),
            "tag_names": ["속보", f"${story.symbol}"],
            "tickers": _tickers(story),
            "content_labels": [{"name": "암호화폐"}],
            "thumbnail": None,
            "like_stats": {"like_count": self._newsroom.grown(story, "likes", 40, now_ms)},
            "vote_stats": _votes(self._newsroom, story, now_ms),
            "is_top_story": False,
            "is_group_top_story": False,
            "news_group_id": str(story.slot // 6),
            "similar_count": 0,
            "is_headline_only": False,
            "is_deleted": False,
            "extra": {
                "source_url": f"https://publisher.example.com/{story.slot}",
                "source_created_at": utc(story.moment_ms).strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "translations": {
                "source_locale": "en_US",
                "translated": translated if self._is_translated(story) else {},
            },
        }

    def _full(self, story: Story) -> dict[str, Any]:
        title, text = self._texts(story)
        picture = f"https://media.saveticker.com/{story.slot}.png"
        return {
            "id": str(story.slot),
            "title": title,
            "content": [*_blocks(text), {"type": "image", "url": picture, "alt": ""}],
            "source": self._source(story),
            "created_at": kst(story.moment_ms).isoformat(timespec="seconds"),
            "tags": [{"name": "속보"}],
            "tickers": _tickers(story),
            "vote_stats": _votes(self._newsroom, story, self._world.clock.now_ms()),
        }

    def _source(self, story: Story) -> str | None:
        return _SOURCES[int(self._newsroom.draw(story, "source") * len(_SOURCES))]


def _created(newsroom: Newsroom, story: Story) -> str:
    """Korean time with microseconds, or UTC with `Z`: both are seen."""
    if newsroom.happens(story, "zone", 0.5):
        return kst(story.moment_ms).isoformat(timespec="microseconds")
    return utc(story.moment_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tickers(story: Story) -> list[dict[str, str]]:
    return [{"symbol": story.symbol, "name": story.english_name, "exchange": "CRYPTO"}]


def _blocks(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "content": part} for part in text.split("<br>")]


def _votes(newsroom: Newsroom, story: Story, now_ms: int) -> dict[str, Any]:
    positive = newsroom.grown(story, "positive", 30 if story.tone == POSITIVE else 8, now_ms)
    negative = newsroom.grown(story, "negative", 30 if story.tone == NEGATIVE else 8, now_ms)
    counts = {"positive": positive, "negative": negative}
    return {"vote_counts": counts, "total_count": positive + negative}


def _sort(text: str) -> str:
    if text not in _SORTS:
        raise ValueError("sort")
    return text


def _number(text: str, name: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise ValueError(name)
    return int(text)


def _respond(status: int, body: Any) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", charset="utf-8"
    )
