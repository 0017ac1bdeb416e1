"""Coinness: Korean news flashes, by the JSON of its own web pages (unofficial)."""

from typing import Annotated, ClassVar
from urllib.parse import urlencode

import orjson
from msgspec import Meta, Struct
from pydantic import Field

from cointicker.errors import InvalidMessage
from collector.http import Http, Reply
from collector.items import Identity, Page, decode, moment, read
from collector.source import BROWSER, BaseUrl, Cursor, Source

_PAGE_ITEMS = 40
_HEADERS = {
    "Accept": "application/json",
    "User-Agent": BROWSER,
    "Referer": "https://coinness.com/",
}
# Talk about a flash, neither its text nor a vote on it.
_VOLATILE = frozenset({"quoteCount", "commentCount"})


class _Flash(Struct):
    id: Annotated[int, Meta(gt=0)]
    title: str
    publishAt: str  # noqa: N815 (the source's name)
    content: str | None = None


class Coinness(Source):
    """Newest first; votes on a flash, and later corrections, come with the same id."""

    name: ClassVar[str] = "coinness"
    topic: ClassVar[str] = "coinness"
    misses: ClassVar = "pages"

    base_url: BaseUrl = "https://api.coinness.com"
    interval_seconds: float = Field(default=30, gt=0)
    max_pages: int = Field(default=10, ge=1)
    language: str = Field(default="ko", pattern=r"^(ko|en)$")

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """The newest flashes, or those before the oldest one that we have."""
        query = {"languageCode": self.language, "limit": str(_PAGE_ITEMS)}
        if cursor is not None:
            oldest = orjson.loads(cursor.oldest.payload)
            query |= {"lastId": str(oldest["id"]), "lastAt": oldest["publishAt"]}
        return await http.get(f"{self.base_url}/feed/v1/breaking-news?{urlencode(query)}", _HEADERS)

    def parse(self, body: bytes) -> Page:
        """One item a flash; a list, or since its next version one at `items`."""
        found = decode(body)
        if isinstance(found, dict):
            found = found.get("items")
        if not isinstance(found, list):
            raise InvalidMessage("wrong_shape", "no list of flashes")
        return read(found, _Flash, _identify, _VOLATILE)


def _identify(flash: _Flash) -> Identity:
    name = str(flash.id)
    return Identity(name, name, moment(flash.publishAt, "publishAt"))
