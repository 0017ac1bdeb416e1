"""The live stream: who listens to what, what waits for each, and what is sent as an event."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from insights.api_metrics import STREAM_CLIENTS, STREAM_DROPPED
from insights.records import Candle
from insights.view import Entry, Filter, View

# After another instance, or a restart, the order of arrival is not known: so much is sent again.
OVERLAP_MS = 10_000
HELLO = b"retry: 3000\n\n"
HEARTBEAT = b": heartbeat\n\n"
TOO_SLOW = b'event: dropped\ndata: {"reason":"too_slow"}\n\n'
NOT_KEPT = b'event: gap\ndata: {"reason":"last_event_id_not_kept"}\n\n'
DESCRIPTION = (
    "Events: `insight` (data: as in /api/insights, with an id), `candle` (data: a candle as on its "
    "topic, without an id), `gap` (the Last-Event-ID is not kept any more: ask /api/insights for "
    "what was missed), `dropped` (the client was too slow and is disconnected; connect again with "
    "the Last-Event-ID). A comment is sent when nothing happened for a while. After a reconnect "
    "to another instance the last seconds may come again: the same insight has the same id."
)
EXAMPLE = (
    "id: 4f1c9b0a7d33e1b2c4d5e6f7~9f2c\nevent: insight\n"
    'data: {"schema":1,"id":"4f1c9b0a7d33e1b2c4d5e6f7","kind":"price_move",…}\n\n'
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something for the stream: what it is chosen by, and its bytes, made once for everybody."""

    kind: str
    market: str
    symbol: str | None
    severity: str | None
    frame: bytes


class Subscription:
    """What waits for one client: at most `most` events, or it is dropped."""

    def __init__(self, wanted: Filter, most: int) -> None:
        self._wanted = wanted
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self.has_ended = False

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, event: Event) -> None:
        """Let an event wait for the client, if it is meant."""
        if self.has_ended or not self._wanted.admits(
            event.kind, event.market, event.symbol, event.severity
        ):
            return
        self._waiting.append(event.frame)
        if len(self._waiting) > self._most:
            STREAM_DROPPED.labels("too_slow").inc()
            self._waiting.clear()
            self._waiting.append(TOO_SLOW)
            self.has_ended = True
        self._changed.set()

    def end(self) -> None:
        """Nothing more will come."""
        self.has_ended = True
        self._changed.set()

    async def next(self, heartbeat_seconds: float) -> bytes:
        """All that waits, or a heartbeat when nothing came for so long; empty at the end."""
        if not self._waiting and not self.has_ended:
            self._changed.clear()
            try:
                async with asyncio.timeout(heartbeat_seconds):
                    await self._changed.wait()
            except TimeoutError:
                return HEARTBEAT
        frames = b"".join(self._waiting)
        self._waiting.clear()
        return frames


class Broadcast:
    """Every client's subscription. A slow one never holds up the others."""

    def __init__(self, *, epoch: str, most_clients: int, most_waiting: int) -> None:
        self._epoch = epoch
        self._most_waiting = most_waiting
        self._subscriptions: set[Subscription] = set()
        self._is_closed = False
        self.most_clients = most_clients

    def __len__(self) -> int:
        return len(self._subscriptions)

    @property
    def is_full(self) -> bool:
        """Whether there are as many clients as there may be."""
        return len(self._subscriptions) >= self.most_clients

    @contextmanager
    def subscribe(self, wanted: Filter) -> Iterator[Subscription]:
        """What is published from now on, as long as the context is open."""
        subscription = Subscription(wanted, self._most_waiting)
        if self._is_closed:
            subscription.end()
        self._subscriptions.add(subscription)
        STREAM_CLIENTS.set(len(self._subscriptions))
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            STREAM_CLIENTS.set(len(self._subscriptions))

    def publish(self, event: Event) -> None:
        """Offer an event to everybody."""
        for each in self._subscriptions:
            each.offer(event)

    def close(self) -> None:
        """End every subscription, and each that is yet to come."""
        self._is_closed = True
        for each in self._subscriptions:
            each.end()

    def of_insight(self, entry: Entry) -> Event:
        """The event of an insight. Its id tells who gave it the place in the order of arrival."""
        head = f"id: {entry.id}~{self._epoch}\nevent: insight\ndata: ".encode()
        frame = b"%b%b\n\n" % (head, _line(entry.value))
        return Event(entry.kind, entry.market, entry.symbol, entry.severity, frame)

    def of_candle(self, candle: Candle, value: bytes) -> Event:
        """The event of a candle."""
        frame = b"event: candle\ndata: %b\n\n" % _line(value)
        return Event("candles", candle.market, candle.symbol, None, frame)

    def since(self, last_event_id: str, view: View, wanted: Filter) -> list[bytes]:
        """What a client that saw this event last has missed, as far as it is kept."""
        insight_id, _, epoch = last_event_id.partition("~")
        last = view.get(insight_id)
        if last is None:
            return [NOT_KEPT]
        if epoch == self._epoch and last.arrival:
            missed = view.after(last, lambda each: each.arrival > last.arrival)
            missed.sort(key=lambda each: each.arrival)
        else:
            since_ms = last.detected_ms - OVERLAP_MS
            missed = view.after(last, lambda each: each.detected_ms >= since_ms)
        return [
            self.of_insight(each).frame
            for each in missed
            if wanted.admits(each.kind, each.market, each.symbol, each.severity)
        ]


def _line(value: bytes) -> bytes:
    """JSON on one line: between its tokens a line may end, within them never."""
    return value.replace(b"\n", b" ").replace(b"\r", b" ")
