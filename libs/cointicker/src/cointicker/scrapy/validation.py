"""The first pipeline: what cannot be published is dropped here, by name."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from cointicker.errors import InvalidMessage
from cointicker.scrapy.dropped import InvalidItem
from cointicker.scrapy.item import RawItem, read_item
from cointicker.times import utc_now


class ValidationPipeline:
    """Makes a checked `RawItem` of whatever comes; counts `cointicker/invalid/<reason>`."""

    def __init__(self, stats: StatsCollector, clock: Callable[[], datetime] = utc_now) -> None:
        self._stats = stats
        self._clock = clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes it."""
        return cls(crawler.stats)

    def process_item(self, item: object) -> RawItem:
        """The item, complete. Raises InvalidItem."""
        try:
            return read_item(item, self._clock())
        except InvalidMessage as error:
            self._stats.inc_value(f"cointicker/invalid/{error.reason}")
            raise InvalidItem(f"{error.reason}: {error.detail}") from error
