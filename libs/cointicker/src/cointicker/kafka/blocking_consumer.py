"""Reading in a script or a notebook: a callback a message, committed after it returned."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from anyio.from_thread import BlockingPortal

from cointicker.errors import TransientError
from cointicker.kafka.async_consumer import AsyncConsumer
from cointicker.kafka.blocking import called_at_exit, open_portal
from cointicker.kafka.message import Message, NotConnected
from cointicker.kafka.records import NotOwned, Partition
from cointicker.kafka.script_settings import OffsetReset

logger = logging.getLogger(__name__)

_AT_ONCE = 500
_COMMIT_SECONDS = 1.0
_SLICE_SECONDS = 1.0


class KafkaConsumerClient:
    """A member of a group; the arguments are those of `AsyncConsumer`.

    A message is handled once its callback returned, or the loop over the messages asked for the
    next one. What was handled is committed every second, when nothing else is there to be handled,
    and when `consume` ends in whatever way; nothing else ever is. So a message is given again only
    if the script, the broker or the membership died within that second. The member stays in its
    group however slow a callback is.

    `close` leaves the group. The end of the script tries it too, and only logs what fails there.
    Not for several threads at a time.
    """

    def __init__(
        self,
        bootstrap_servers: str | Sequence[str] | None = None,
        group_id: str | None = None,
        topics: str | Iterable[str] | None = None,
        *,
        auto_offset_reset: OffsetReset | None = None,
        timeout: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = bootstrap_servers
        self._group = group_id
        self._topics = topics
        self._reset = auto_offset_reset
        self._timeout = timeout
        self._clock = clock
        self._opened = ExitStack()
        self._connected: tuple[BlockingPortal, AsyncConsumer] | None = None
        self._forget()

    def __enter__(self) -> Self:
        """Connected inside if the topics are known already."""
        if self._topics is not None:
            self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def connect(self, topics: str | Iterable[str] | None = None) -> None:
        """Join the group, for these names and globs; return once it has decided what is ours.

        Raises as `AsyncConsumer.connect` does: TransientError within `timeout` seconds without a
        broker, ConfigError if a topic does not exist. A new call leaves the group and joins anew.
        """
        self.close()
        self._topics = topics if topics is not None else self._topics
        consumer = self._make()
        with ExitStack() as opening:
            portal = opening.enter_context(open_portal())
            opening.callback(portal.call, consumer.close)
            portal.call(consumer.connect)
            opening.callback(self._commit_as_far_as_possible)
            opening.enter_context(called_at_exit(self.close))
            self._opened = opening.pop_all()
        self._connected = portal, consumer

    def close(self) -> None:
        """Commit what was handled, and leave the group. A second call does nothing."""
        opened, self._opened = self._opened, ExitStack()
        try:
            opened.close()
        finally:
            self._connected = None
            self._forget()

    def consume(
        self,
        callback: Callable[[Message], object],
        max_messages: int | None = None,
        timeout: float | None = None,
    ) -> int:
        """Call back for each message, in this thread; return how many were handled.

        It returns after `max_messages`, or after `timeout` seconds without a message. With neither
        it goes on until Ctrl-C, and then returns; with one of them Ctrl-C is raised as usual. What
        the callback raises goes to the caller unchanged. What was handled before is committed in
        each case, the message under way is not: the next `consume` begins with it.

        Raises TransientError if the last commit failed (those messages may be given again), and
        what `AsyncConsumer` raises.
        """
        handled = 0
        try:
            with self._committed_at_the_end():
                while max_messages is None or handled < max_messages:
                    message = self._next(timeout)
                    if message is None:
                        break
                    callback(message)
                    self._handled(message)
                    handled += 1
                    self._commit_if_due()
        except KeyboardInterrupt:
            if max_messages is not None or timeout is not None:
                raise
        return handled

    def __iter__(self) -> Iterator[Message]:
        """Every message, for ever. One is handled when the next one is asked for."""
        while (message := self._next(None)) is not None:
            yield message
            self._handled(message)
            self._commit_if_due()

    def commit(self, message: Message | None = None) -> None:
        """Commit what was handled, and `message`: the one at which a loop is left by `break`.

        Raises TransientError if it failed: those messages may be given again.
        """
        if message is not None:
            self._handled(message)
        self._commit()

    def _make(self) -> AsyncConsumer:
        return AsyncConsumer(
            self._topics or [],
            bootstrap_servers=self._servers,
            group_id=self._group,
            auto_offset_reset=self._reset,
            timeout=self._timeout,
        )

    def _next(self, wait_seconds: float | None) -> Message | None:
        """The oldest message in hand; it stays there until it is handled."""
        portal, consumer = self._need_connection()
        deadline: float | None = None
        is_last = False
        while True:
            while self._in_hand and not consumer.is_current(self._in_hand[0]):
                self._in_hand.popleft()  # it is given again
            if self._in_hand or is_last:
                return self._in_hand[0] if self._in_hand else None
            self._commit_as_far_as_possible()  # nothing more may come for long
            left = _SLICE_SECONDS
            if wait_seconds is not None:
                # From here on, and never given up but after a look: a commit may take long.
                deadline = self._clock() + wait_seconds if deadline is None else deadline
                left = max(0.0, deadline - self._clock())
                is_last = left <= _SLICE_SECONDS
            portal.call(self._fill, consumer, min(left, _SLICE_SECONDS))

    async def _fill(self, consumer: AsyncConsumer, wait_seconds: float) -> None:
        """Take what comes, in the loop's thread: Ctrl-C in ours must not lose it on its way."""
        messages = await consumer.take(_AT_ONCE, wait_seconds)
        self._in_hand.extend(messages)

    def _handled(self, message: Message) -> None:
        if self._in_hand and self._in_hand[0] is message:
            self._in_hand.popleft()
        partition = Partition(message.topic, message.partition)
        before = self._furthest.get(partition)
        if before is None or _place(before) < _place(message):  # a commit never goes backwards
            self._furthest[partition] = self._uncommitted[partition] = message

    def _commit_if_due(self) -> None:
        if self._clock() - self._committed_at < _COMMIT_SECONDS:
            return
        self._commit_as_far_as_possible()

    @contextmanager
    def _committed_at_the_end(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._commit_as_far_as_possible()
            raise
        self._commit()

    def _commit_as_far_as_possible(self) -> None:
        """What goes on, or fails for another reason, is not to end because of a commit."""
        try:
            self._commit()
        except TransientError as error:
            logger.warning("handled and not committed, it may be given again: %s", error)

    def _commit(self) -> None:
        portal, consumer = self._need_connection()
        self._committed_at = self._clock()
        if not self._uncommitted:
            return
        try:
            portal.call(consumer.commit, list(self._uncommitted.values()))
        except NotOwned as error:
            logger.warning("handled, and given again: %s", error)
        self._uncommitted.clear()

    def _forget(self) -> None:
        self._in_hand: deque[Message] = deque()
        self._uncommitted: dict[Partition, Message] = {}
        self._furthest: dict[Partition, Message] = {}
        self._committed_at = self._clock()

    def _need_connection(self) -> tuple[BlockingPortal, AsyncConsumer]:
        if self._connected is None:
            raise NotConnected("connect() first")
        return self._connected


def _place(message: Message) -> tuple[tuple[int, int], int]:
    """Of two of a partition, the later decision of the group counts, then the larger offset."""
    return message.assignment, message.offset
