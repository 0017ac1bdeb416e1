"""SaveTicker: Korean market news, by the JSON of its own web pages (unofficial, often gated)."""

from datetime import timedelta, timezone
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from msgspec import Meta, Struct
from pydantic import Field

from collector.http import Http, Reply
from collector.items import Identity, Page, Word, decode, listed, moment, read
from collector.source import BROWSER, BaseUrl, Cursor, Source

_KST = timezone(timedelta(hours=9))
_PAGE_ITEMS = 50
_HEADERS = {
    "Accept": "application/json",
    "User-Agent": BROWSER,
    "Referer": "https://www.saveticker.com/",
}
# How often it was read, talked about or told elsewhere. Likes and votes count.
_VOLATILE = frozenset({"view_count", "comment_count", "similar_count"})


class _News(Struct):
    id: Word | Annotated[int, Meta(gt=0)]
    title: str
    created_at: str


class Saveticker(Source):
    """Newest first. A title comes in its own language first and is replaced by its translation.

    The site answers many addresses with a challenge for browsers. Then it is blocked, and left
    alone for a while: nothing is done to get around that.
    """

    name: ClassVar[str] = "saveticker"
    topic: ClassVar[str] = "saveticker"
    misses: ClassVar = "pages"

    base_url: BaseUrl = "https://saveticker.com"
    interval_seconds: float = Field(default=60, gt=0)
    max_pages: int = Field(default=10, ge=1)

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """The newest page, or an older one by its number."""
        query = {
            "page": str(cursor.page if cursor else 1),
            "page_size": str(_PAGE_ITEMS),
            "sort": "created_at_desc",
        }
        return await http.get(f"{self.base_url}/api/news/list?{urlencode(query)}", _HEADERS)

    def parse(self, body: bytes) -> Page:
        """One item a piece of news; a time without an offset is Korean."""
        return read(listed(decode(body), "news_list"), _News, _identify, _VOLATILE)


def _identify(news: _News) -> Identity:
    name = str(news.id)
    return Identity(name, name, moment(news.created_at, "created_at", _KST))
