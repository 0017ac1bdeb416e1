"""What a blocking consumer stands on, in memory: messages to take, and where commits go."""

from collections.abc import Iterable, Sequence

from cointicker.kafka import Message


class TickingClock:
    """Seconds that pass when told, and a little with every look."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


class MemoryMessages:
    """`AsyncConsumer` in memory.

    Each take gives the next of `given`, or raises it; without one its wait passes. A commit takes
    `commit_seconds`, and raises the next of `refusals` if there is one.
    """

    def __init__(self, clock: TickingClock, *given: Sequence[Message] | Exception) -> None:
        self._clock = clock
        self.given = list(given)
        self.refusals: list[Exception] = []
        self.commit_seconds = 0.0
        self.commits: list[int] = []

    async def connect(self) -> None:
        """There is nobody to wait for."""

    async def close(self) -> None:
        """There is nothing to leave."""

    async def take(self, most: int, wait_seconds: float) -> Sequence[Message]:
        if not self.given:
            self._clock.now += wait_seconds
            return []
        given = self.given.pop(0)
        if isinstance(given, Exception):
            raise given
        assert len(given) <= most
        return given

    async def commit(self, messages: Iterable[Message]) -> None:
        self._clock.now += self.commit_seconds
        if self.refusals:
            raise self.refusals.pop(0)
        self.commits.extend(each.offset + 1 for each in messages)

    def is_current(self, message: Message) -> bool:
        return message.assignment == (0, 0)
