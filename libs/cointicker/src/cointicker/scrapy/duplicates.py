"""The second pipeline: each content of each fact once a crawl, as far as it is remembered."""

from collections import OrderedDict
from typing import Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from cointicker.scrapy.dropped import DuplicateItem
from cointicker.scrapy.item import RawItem, checked, hash_of
from cointicker.scrapy.order import require_validation_before
from cointicker.scrapy.settings import PipelineSettings


class DuplicatesPipeline:
    """Drops what it saw, by id and content hash; counts `cointicker/duplicates`.

    It remembers so many of the newest; what comes again in a later crawl the processor knows.
    """

    def __init__(self, stats: StatsCollector, remembered: int) -> None:
        self._stats = stats
        self._remembered = remembered
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes it. Raises ConfigError."""
        require_validation_before(cls, crawler.settings)
        return cls(crawler.stats, PipelineSettings.of(crawler.settings).duplicates_remembered)

    def process_item(self, item: object) -> RawItem:
        """The item, if it is new. Raises DuplicateItem, ContractViolation if it is no RawItem."""
        item = checked(item)
        content = hash_of(item)
        fact = (item.id, content)
        if fact in self._seen:
            self._seen.move_to_end(fact)
            self._stats.inc_value("cointicker/duplicates")
            raise DuplicateItem(f"{item.id} with content {content} came before", log_level="DEBUG")
        self._seen[fact] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return item
