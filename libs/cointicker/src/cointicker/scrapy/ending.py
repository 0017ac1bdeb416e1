"""How a crawl says that it lost items: its finish reason and its exit status."""

import asyncio
import logging

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

logger = logging.getLogger(__name__)

# What the crawl's statistics show as `finish_reason`: records that Kafka did not take, or items
# that any pipeline raised on. The first says where they are, so it is said if both happened.
UNDELIVERED = "kafka_undelivered"
PIPELINE_FAILED = "pipeline_failed"


class Ending:
    """`lost` counts the items that Kafka did not take, `failed` those that a pipeline raised on."""

    def __init__(self, crawler: Crawler) -> None:
        self.lost = 0
        self.failed = 0
        self._crawler = crawler
        self._closing: asyncio.Future[None] | None = None
        crawler.signals.connect(self._fail, signals.item_error)
        crawler.signals.connect(self._at_the_end, signals.spider_idle)
        crawler.signals.connect(self._after_the_end, signals.engine_stopped)

    def begin_now(self) -> None:
        """Crawl no further; what was fetched still goes through the pipelines."""
        if self._closing is None:
            # Not awaited here: it waits for the pipelines, of which the caller is one.
            closing = self._crawler.engine.close_spider_async(reason=UNDELIVERED)
            self._closing = asyncio.ensure_future(closing)

    def _fail(self) -> None:
        self.failed += 1

    def _at_the_end(self) -> None:
        if self.lost or self.failed:
            raise CloseSpider(UNDELIVERED if self.lost else PIPELINE_FAILED)

    def _after_the_end(self) -> None:
        if missing := self.lost + self.failed:
            logger.error("the crawl failed: %d items did not come through all pipelines", missing)
            # Scrapy ends with status 0 whatever its pipelines met, unless there is no spider in
            # the end; nothing asks for it after this signal.
            self._crawler.spider = None
