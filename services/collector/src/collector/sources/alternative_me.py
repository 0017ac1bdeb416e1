"""alternative.me's crypto Fear & Greed index: stands in while CNN's gives nothing."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from pydantic import Field

from collector.http import Http, Reply
from collector.items import EARLIEST, LATEST, Identity, Page, Unfit, decode, listed, read
from collector.source import BaseUrl, Cursor, Source

# Counts down on the newest value.
_VOLATILE = frozenset({"time_until_update"})


class _Value(Struct):
    value: Annotated[str, Meta(pattern=r"^(100|[0-9]{1,2})\Z")]
    value_classification: str
    timestamp: Annotated[str, Meta(pattern=r"^[0-9]{1,12}\Z")]


class AlternativeMe(Source):
    """One value a day, at 00:00 UTC; every number is text."""

    name: ClassVar[str] = "alternative_me"
    topic: ClassVar[str] = "cnn_fear_greed"
    misses: ClassVar = "nothing"
    stands_in_for: ClassVar = "cnn_fear_greed"

    base_url: BaseUrl = "https://api.alternative.me"
    interval_seconds: float = Field(default=600, gt=0)

    async def fetch(self, http: Http, cursor: Cursor | None) -> Reply:
        """Today's value and yesterday's."""
        del cursor
        url = f"{self.base_url}/fng/?limit=2&format=json"
        return await http.get(url, {"Accept": "application/json"})

    def parse(self, body: bytes) -> Page:
        """One item a day."""
        return read(listed(decode(body), "data"), _Value, _identify, _VOLATILE)


def _identify(value: _Value) -> Identity:
    seconds = int(value.timestamp)
    if not EARLIEST.timestamp() <= seconds <= LATEST.timestamp():
        raise Unfit("out_of_range", "timestamp", value.timestamp)
    name = f"alternative_me:{seconds}"
    return Identity(name, name, datetime.fromtimestamp(seconds, UTC))
