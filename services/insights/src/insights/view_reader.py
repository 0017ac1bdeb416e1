"""Keeps the view up to date: every insight topic, from some hours ago, for as long as it runs."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cointicker.backoff import Backoff
from cointicker.concurrency import until
from cointicker.errors import InvalidMessage, TransientError
from cointicker.health import Health
from cointicker.kafka.follower import Feed
from cointicker.kafka.records import OffsetOutOfRange, Partition, Polled, Record
from cointicker.times import to_ms, utc_now
from insights import api_metrics as metrics
from insights.decoding import decode
from insights.records import Candle, Insight
from insights.stream import Broadcast
from insights.view import View

logger = logging.getLogger(__name__)

DEPENDENCY = "view"
_POLL_SECONDS = 1.0
_POLL_RECORDS = 1_000
_SWEEP_MS = 60_000

OpenFeed = Callable[[int, Mapping[Partition, int]], AbstractAsyncContextManager[Feed]]

_CANDLES = msgspec.json.Decoder(Candle)
_INSIGHTS = msgspec.json.Decoder(Insight)


@dataclass(frozen=True, slots=True)
class Scope:
    """The topic of the candles (every other one is of insights), and how far back is read."""

    candles_topic: str
    hours: float


class ViewReader:
    """Reads into the view and publishes to the stream what comes once the view has caught up.

    Without Kafka the view keeps what it has, /readyz says so, and it is tried again for ever.
    """

    def __init__(
        self,
        open_feed: OpenFeed,
        view: View,
        broadcast: Broadcast,
        health: Health,
        scope: Scope,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._open = open_feed
        self._view = view
        self._broadcast = broadcast
        self._health = health
        self._candles_topic = scope.candles_topic
        self._kept = timedelta(hours=scope.hours)
        self._clock = clock
        self._backoff = Backoff()
        self._positions: Mapping[Partition, int] = {}
        self._swept_ms = 0
        health.dependency(DEPENDENCY)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until it is told to stop."""
        while not stop.is_set():
            try:
                async with self._open(to_ms(self._clock() - self._kept), self._positions) as feed:
                    await self._follow(feed, stop)
                    return
            except OffsetOutOfRange as error:
                self._positions = {}
                why = str(error)
            except TransientError as error:
                why = str(error)
            self._health.down(DEPENDENCY, why)
            metrics.VIEW_RECONNECTS.inc()
            logger.warning("the view connects anew: %s", why)
            await until(stop, self._backoff.next_seconds())

    async def _follow(self, feed: Feed, stop: asyncio.Event) -> None:
        while not stop.is_set():
            polled = await feed.poll(_POLL_SECONDS, _POLL_RECORDS)
            behind = feed.behind()
            for each in polled:
                self._take(each, is_live=self._view.has_caught_up and not behind)
            self._positions = feed.positions()
            self._tell(behind)
            self._sweep()
            await asyncio.sleep(0)  # a poll of what was fetched already lets nobody else run

    def _take(self, polled: Polled, *, is_live: bool) -> None:
        topic = polled.partition.topic
        invalid: Counter[str] = Counter()
        for record in polled.records:
            try:
                if topic == self._candles_topic:
                    self._take_candle(record, is_live=is_live)
                else:
                    self._take_insight(record)
            except InvalidMessage as error:
                invalid[error.reason] += 1
        metrics.VIEW_RECORDS.labels(topic).inc(len(polled.records))
        for reason, count in invalid.items():
            metrics.VIEW_INVALID.labels(reason).inc(count)
            logger.warning("%d records of %s are not shown: %s", count, polled.partition, reason)

    def _take_candle(self, record: Record, *, is_live: bool) -> None:
        candle = decode(_CANDLES, record.value)
        self._view.put_candle(candle, record.timestamp)
        if is_live and record.value is not None:
            self._broadcast.publish(self._broadcast.of_candle(candle, record.value))

    def _take_insight(self, record: Record) -> None:
        insight = decode(_INSIGHTS, record.value)
        entry = self._view.put(insight, record.value or b"")
        # One that is there already was published before; after a gap the others are news.
        if entry is not None and self._view.has_caught_up:
            late_ms = to_ms(self._clock()) - entry.detected_ms
            metrics.FETCHED_TO_STREAM.observe(max(0, late_ms) / 1_000)
            self._broadcast.publish(self._broadcast.of_insight(entry))

    def _tell(self, behind: Sequence[Partition]) -> None:
        if behind:
            self._health.down(DEPENDENCY, f"{len(behind)} partitions are not read yet")
            return
        self._health.up(DEPENDENCY)
        self._backoff.reset()
        if not self._view.has_caught_up:
            self._view.has_caught_up = True
            logger.info("the view has caught up: %d insights", len(self._view))

    def _sweep(self) -> None:
        now = self._clock()
        if to_ms(now) - self._swept_ms >= _SWEEP_MS:
            self._swept_ms = to_ms(now)
            self._view.forget_before(to_ms(now - self._kept))
            metrics.VIEW_MARKETS.set(len(self._view.markets()))
        metrics.VIEW_INSIGHTS.set(len(self._view))
        metrics.VIEW_CANDLES.set(len(self._view.candles))
