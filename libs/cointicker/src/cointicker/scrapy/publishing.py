"""The last pipeline: an item leaves it when Kafka has acknowledged its record."""

from pathlib import Path
from typing import Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector
from scrapy.utils.asyncio import is_asyncio_available

from cointicker.errors import ConfigError
from cointicker.health import Health
from cointicker.kafka.producer import Producer
from cointicker.scrapy.batches import Batches, Undelivered
from cointicker.scrapy.dropped import UnsentItem
from cointicker.scrapy.ending import Ending
from cointicker.scrapy.item import RawItem, checked, message_of
from cointicker.scrapy.order import require_validation_before
from cointicker.scrapy.settings import PipelineSettings
from cointicker.scrapy.topic import require_topic
from cointicker.scrapy.unsent import UnsentFile


class KafkaPipeline:
    """Publishes to `<prefix>.raw.<spider>`.

    The crawl ends when all is acknowledged; else what was not is in the file of unsent records and
    named in the log, the `finish_reason` is `kafka_undelivered` and the exit status 1. If Kafka did
    not acknowledge in time, the crawl stops there; a record that is too large stops nothing.
    Counts `cointicker/acknowledged`, `cointicker/refused` and `cointicker/unsent`.
    """

    def __init__(self, crawler: Crawler, settings: PipelineSettings) -> None:
        self._settings = settings
        self._source = crawler.spidercls.name if crawler.spider is None else crawler.spider.name
        self._topic = settings.topic(self._source)
        self._stats: StatsCollector = crawler.stats
        self._ending = Ending(crawler)
        health = Health()
        self._producer = Producer(settings, health)
        self._batches = Batches(
            self._producer,
            UnsentFile(Path(settings.kafka_unsent_file.replace("{spider}", self._source))),
            size=settings.kafka_batch_size,
            retries=settings.kafka_retries,
            why=lambda: f"kafka: {health.dependencies()['kafka']}",
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes it. Raises ConfigError with all problems at once."""
        require_validation_before(cls, crawler.settings)
        return cls(crawler, PipelineSettings.of(crawler.settings))

    async def open_spider(self) -> None:
        """Raises ConfigError where nothing could ever be sent."""
        if not is_asyncio_available():
            raise ConfigError(["TWISTED_REACTOR: must be Scrapy's default, the asyncio reactor"])
        await require_topic(self._settings, self._topic)

    async def process_item(self, item: object) -> RawItem:
        """Return the item once it is acknowledged.

        Raises UnsentItem once it is kept instead, ContractViolation if it is no RawItem.
        """
        item = checked(item)
        message = message_of(item, self._source, self._topic)
        try:
            await self._batches.deliver(message)
        except Undelivered as error:
            self._ending.lost += 1
            self._stats.inc_value(f"cointicker/{'refused' if error.is_refused else 'unsent'}")
            if not error.is_refused:
                self._ending.begin_now()
            raise UnsentItem(f"{item.id}: {error}", log_level="DEBUG") from error
        self._stats.inc_value("cointicker/acknowledged")
        return item

    async def close_spider(self) -> None:
        """Every item has its outcome by now."""
        await self._producer.close()
