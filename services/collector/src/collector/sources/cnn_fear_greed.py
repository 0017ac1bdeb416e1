"""CNN's Fear & Greed index: the JSON behind its page (its terms limit automated use)."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from pydantic import Field

from cointicker.times import to_text
from collector.http import Http, Reply
from collector.items import Identity, Page, decode, moment, read
from collector.source import BROWSER, BaseUrl, Cursor, Source

# Without both it answers 418 to everybody.
_HEADERS = {
    "Accept": "application/json",
    "User-Agent": BROWSER,
    "Referer": "https://www.cnn.com/markets/fear-and-greed",
}


class _Current(Struct):
    score: Annotated[float, Meta(ge=0, le=100)]
    rating: str
    timestamp: str


class _Graph(Struct):
    fear_and_greed: _Current


class CnnFearGreed(Source):
    """The whole graph is one item; it moves while New York trades, and repeats itself otherwise."""

    name: ClassVar[str] = "cnn_fear_greed"
    topic: ClassVar[str] = "cnn_fear_greed"

    base_url: BaseUrl = "https://production.dataviz.cnn.io"
    interval_seconds: float = Field(default=600, gt=0)

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """The graph of the last year up to now; the path with a date answers 500 at times."""
        del cursor
        return await http.get(f"{self.base_url}/index/fearandgreed/graphdata", _HEADERS)

    def parse(self, body: bytes) -> Page:
        """One item, the fact being the index at its own time."""
        return read([decode(body)], _Graph, _identify)


def _identify(graph: _Graph) -> Identity:
    at: datetime = moment(graph.fear_and_greed.timestamp, "fear_and_greed.timestamp")
    name = f"cnn:{to_text(at)}"
    return Identity(name, name, at)
