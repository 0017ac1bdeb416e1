"""Items as spiders yield them, and crawlers that are not crawling."""

from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from tests.unit.collector.examples import TICKER

NOW = datetime(2026, 3, 11, 14, 40, 59, 12345, UTC)
PIPELINES = {
    "cointicker.scrapy.ValidationPipeline": 300,
    "cointicker.scrapy.DuplicatesPipeline": 400,
    "cointicker.scrapy.KafkaPipeline": 600,
}


def fields(**changed: Any) -> dict[str, Any]:
    """A plain dict with what a record needs; None takes a field away."""
    every = {
        "id": "KRW-BTC:1773240058930",
        "key": "KRW-BTC",
        "event_at": "2026-03-11T14:40:58.930Z",
        "url": "https://api.upbit.com/v1/ticker/all?quote_currencies=KRW",
        "payload": TICKER,
        **changed,
    }
    return {name: value for name, value in every.items() if value is not None}


def crawler(**settings: Any) -> Crawler:
    """One with the pipelines in the guide's order."""
    return get_crawler(
        settings_dict={"ITEM_PIPELINES": PIPELINES, "MEMUSAGE_ENABLED": False, **settings}
    )
