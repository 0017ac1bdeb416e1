"""The dead letters on their topic: read, looked up, and their records sent back, each once."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from cointicker.dead_letters import Letter, NotReplayable, Replays, Wanted, way_back
from cointicker.errors import CoinTickerError, ConfigError, ContractViolation, InvalidMessage
from cointicker.kafka.producer import Message
from cointicker.kafka.records import Partition, Record
from cointicker.kafka.transactions import (
    Fenced,
    TransactionOptions,
    Transactions,
    open_transactions,
)
from cointicker.kafka.whole_topic import Topics, open_topics
from cointicker.messages import DeadLetter, Moved, Replayed
from cointicker.settings import ClientSettings
from cointicker.times import to_ms, utc_now
from cointicker.work import Output

# The broker's patience with a transaction beyond our own: it is we who give up first.
_MARGIN_SECONDS = 5.0


@dataclass(slots=True)
class Contents:
    """What is on the topic: letters less their values, what was replayed, and what is neither."""

    letters: list[Letter] = field(default_factory=list)
    replays: Replays = field(default_factory=Replays)
    unreadable: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: the offset of its record's copy, or why there is none."""

    id: int
    partition: Partition | None = None
    to: int | None = None
    from_letter: bool = False
    refused: str | None = None


class Letterbox:
    """The letters of one topic prefix. Raises TransientError."""

    def __init__(self, topics: Topics, settings: ClientSettings) -> None:
        self._topics = topics
        self._settings = settings
        self.partition = Partition(f"{settings.kafka_topic_prefix}.dead_letter", 0)
        topics.check(self.partition.topic)

    async def contents(self, wanted: Wanted) -> Contents:
        """All that is kept and wanted, in order."""
        found = Contents()
        async for record in self._topics.records(self.partition.topic):
            try:
                said = DeadLetter.decode(record.value)
            except InvalidMessage:
                found.unreadable.append(record.offset)
                continue
            if isinstance(said, Replayed):
                found.replays.add(said)
            elif wanted.includes(said):
                # Values are up to 64 KiB each: they are read when they are needed.
                found.letters.append(Letter(record.offset, replace(said, value=b"")))
        return found

    async def letter(self, offset: int) -> Letter:
        """The letter at this offset. Raises NotReplayable if none is there."""
        record = await self._topics.record(self.partition, offset)
        if record is None:
            raise NotReplayable(
                f"no letter is at offset {offset} of {self.partition}; cointicker dead-letter list "
                "shows what there is"
            )
        try:
            said = DeadLetter.decode(record.value)
        except InvalidMessage as error:
            raise NotReplayable(f"what is there is no letter: {error}") from error
        if isinstance(said, Replayed):
            raise NotReplayable(f"it is the mark that letter {said.letter} was replayed")
        return Letter(offset, said)

    async def origin(self, letter: Letter) -> Record | None:
        """The record that the letter is about, if Kafka still has it."""
        place = letter.place
        if place is None:
            return None
        topic, number, offset = place
        return await self._topics.record(Partition(topic, number), offset)

    async def replay(
        self, ids: Iterable[int], wanted: Wanted | None
    ) -> AsyncGenerator[Outcome, None]:
        """Send the records of these letters back, or of all that are wanted and were not yet.

        One operator at a time: whoever begins ends what another has open, and then reads what was
        replayed so far. Raises CoinTickerError if that happens to us.
        """
        left: list[int] | None = None if wanted else list(ids)
        try:
            while left is None or left:
                # Anew after a letter that Kafka refused: of that client nothing may be asked.
                async with open_transactions(self._options()) as transactions:
                    await self._topics.settle(self.partition)
                    found = await self.contents(wanted or Wanted())
                    if left is None:
                        done = found.replays.letters
                        left = [each.id for each in found.letters if each.id not in done]
                    replaying = self._until_refused(left, found.replays, transactions)
                    async with aclosing(replaying) as outcomes:
                        async for each in outcomes:
                            yield each
        except Fenced as error:
            raise CoinTickerError(
                "another replay began, or this one took too long; cointicker dead-letter list says "
                "what was replayed"
            ) from error

    def _options(self) -> TransactionOptions:
        seconds = self._settings.kafka_request_timeout_seconds
        return TransactionOptions(
            servers=self._settings.kafka_bootstrap_servers,
            transactional_id=f"{self._settings.kafka_topic_prefix}.dead-letter-replay",
            transaction_seconds=seconds + _MARGIN_SECONDS,
            request_seconds=seconds,
        )

    async def _until_refused(
        self, left: list[int], replays: Replays, transactions: Transactions
    ) -> AsyncGenerator[Outcome, None]:
        """Take letters from `left` until there is none, or Kafka itself has refused one."""
        while left:
            offset = left.pop(0)
            try:
                outcome = await self._replay(offset, replays, transactions)
            except ContractViolation as error:
                yield Outcome(offset, refused=str(error))
                return
            yield outcome

    async def _replay(self, offset: int, replays: Replays, transactions: Transactions) -> Outcome:
        try:
            letter = await self.letter(offset)
            replays.check(letter)
            self._check_place(letter)
            record = await self.origin(letter)
            message = way_back(letter, record)
        except NotReplayable as error:
            return Outcome(offset, refused=str(error))
        partition, to = await self._send(letter, message, replays, transactions)
        return Outcome(offset, partition, to, from_letter=record is None)

    def _check_place(self, letter: Letter) -> None:
        if letter.place is None:
            return
        topic, number, _ = letter.place
        if not self._topics.has(Partition(topic, number)):
            raise NotReplayable(f"there is no {Partition(topic, number)} any more")

    async def _send(
        self, letter: Letter, message: Message, replays: Replays, transactions: Transactions
    ) -> tuple[Partition, int]:
        place = letter.letter.place
        if place is None:
            raise ConfigError([f"letter {letter.id} has no place to go back to"])
        number, offset = place
        now = utc_now()

        def mark(to: int) -> Replayed:
            return Replayed(letter.id, message.topic, Moved(number, offset, to), now)

        def receipt(to: int) -> Output:
            key, at_ms = message.topic.encode(), to_ms(now)
            return Output(*self.partition, key, mark(to).encode(), at_ms)

        to = await transactions.commit_with_receipt(number, message, receipt)
        replays.add(mark(to))
        return Partition(message.topic, number), to


@asynccontextmanager
async def open_letterbox(settings: ClientSettings) -> AsyncIterator[Letterbox]:
    """Connected while the context is open. Raises TransientError, ConfigError."""
    async with open_topics(settings) as topics:
        yield Letterbox(topics, settings)
