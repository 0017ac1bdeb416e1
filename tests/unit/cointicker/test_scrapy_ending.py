"""How a crawl ends, as Scrapy's signals tell it."""

import pytest
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from twisted.python.failure import Failure

from cointicker.scrapy.ending import PIPELINE_FAILED, UNDELIVERED, Ending
from tests.unit.cointicker.scrapy_items import crawler


def ended(crawler: Crawler) -> list[object]:
    """What the listeners answer when the spider has nothing more to do, then the end."""
    answers = crawler.signals.send_catch_log(signals.spider_idle, dont_log=CloseSpider)
    crawler.signals.send_catch_log(signals.engine_stopped)
    return [answer.value if isinstance(answer, Failure) else answer for _, answer in answers]


@pytest.fixture
def crawling() -> Crawler:
    one = crawler()
    one.spider = Spider("spider")
    return one


def test_a_crawl_that_lost_nothing_ends_as_ever(crawling: Crawler) -> None:
    ending = Ending(crawling)
    assert ended(crawling) == [None]
    assert ending.lost == 0
    assert crawling.spider is not None


def test_an_item_that_is_not_in_kafka_is_the_reason_of_the_end(
    crawling: Crawler, caplog: pytest.LogCaptureFixture
) -> None:
    ending = Ending(crawling)
    ending.lost += 1
    [answer] = ended(crawling)
    assert isinstance(answer, CloseSpider)
    assert answer.reason == UNDELIVERED
    # By this Scrapy knows that it is to exit with status 1.
    assert crawling.spider is None
    assert caplog.messages == ["the crawl failed: 1 items did not come through all pipelines"]


def test_an_item_that_any_pipeline_raised_on_is_a_reason_of_its_own(crawling: Crawler) -> None:
    ending = Ending(crawling)
    crawling.signals.send_catch_log(signals.item_error)
    assert (ending.lost, ending.failed) == (0, 1)
    [answer] = ended(crawling)
    assert isinstance(answer, CloseSpider)
    assert answer.reason == PIPELINE_FAILED
    assert crawling.spider is None


def test_of_both_reasons_the_one_of_kafka_is_said(crawling: Crawler) -> None:
    ending = Ending(crawling)
    ending.lost += 1
    crawling.signals.send_catch_log(signals.item_error)
    [answer] = ended(crawling)
    assert isinstance(answer, CloseSpider)
    assert answer.reason == UNDELIVERED
