"""The tickers of all KRW markets, once a crawl: the same records as the collector's."""

from collections.abc import AsyncIterator, Iterator

from scrapy import Request, Spider
from scrapy.http import TextResponse

from cointicker.scrapy import RawItem
from cointicker.times import from_ms, utc_now

# What changes without a trade: when the snapshot was taken, and sums over the last 24 hours.
VOLATILE = ("timestamp", "acc_trade_price_24h", "acc_trade_volume_24h")


class UpbitTrends(Spider):
    """Its name is the source, and the end of the topic's name."""

    name = "upbit_trends"

    async def start(self) -> AsyncIterator[Request]:
        """One request brings all markets."""
        yield Request(f"{self.settings['UPBIT_URL']}/v1/ticker/all?quote_currencies=KRW")

    def parse(self, response: TextResponse) -> Iterator[RawItem]:
        """One item a market, the fact being its last trade."""
        fetched_at = utc_now()
        for ticker in response.json():
            yield RawItem(
                id=f"{ticker['market']}:{ticker['trade_timestamp']}",
                key=ticker["market"],
                event_at=from_ms(ticker["trade_timestamp"]),
                url=response.url,
                payload=ticker,
                volatile=VOLATILE,
                fetched_at=fetched_at,
            )
