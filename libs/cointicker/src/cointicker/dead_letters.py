"""Whether the record of a dead letter may go back to its topic, and what goes back. Pure.

Once for each record, and never a second time: what goes back carries the header
`cointicker-replayed` with the letter's offset, and the mark that it went (`messages.Replayed`) is
committed with it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

from cointicker.errors import CoinTickerError
from cointicker.kafka.producer import Message
from cointicker.kafka.records import Record
from cointicker.messages import DeadLetter, Replayed
from cointicker.times import to_ms

HEADER = "cointicker-replayed"
# What comes late is late for ever: its window is closed, here and wherever it goes.
_FOR_EVER = {"late": "it is late: the window it belongs to is closed, and stays so"}

Place = tuple[str, int, int]


class NotReplayable(CoinTickerError):
    """Why the record of a letter does not go back."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and its offset, by which people name it."""

    id: int
    letter: DeadLetter

    @property
    def place(self) -> Place | None:
        """Topic, partition and offset of what it is about, if that ever was a record."""
        place = self.letter.place
        return None if place is None else (self.letter.topic, *place)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are asked for; what is None is not asked."""

    reason: str | None = None
    service: str | None = None
    topic: str | None = None
    since: datetime | None = None

    def includes(self, letter: DeadLetter) -> bool:
        """Whether it is one of them; `reason`, `service` and `topic` may be globs."""
        return (
            _matches(letter.reason, self.reason)
            and _matches(letter.service, self.service)
            and _matches(letter.topic, self.topic)
            and (self.since is None or letter.at >= self.since)
        )


@dataclass(slots=True)
class Replays:
    """What went back so far."""

    letters: dict[int, Replayed] = field(default_factory=dict)
    _records: dict[Place, int] = field(default_factory=dict)
    _copies: dict[Place, int] = field(default_factory=dict)

    def add(self, replayed: Replayed) -> None:
        """A mark was read, or made."""
        moved = replayed.moved
        self.letters[replayed.letter] = replayed
        self._records[replayed.topic, moved.partition, moved.offset] = replayed.letter
        self._copies[replayed.topic, moved.partition, moved.to] = replayed.letter

    def check(self, letter: Letter) -> None:
        """Raises NotReplayable if it, its record, or what its record is a copy of, went back."""
        place = letter.place
        if place is None:
            raise NotReplayable(_never_a_record(letter.letter))
        before = self.letters.get(letter.id)
        if before is not None:
            raise NotReplayable(f"was replayed before, to offset {before.moved.to}")
        if place in self._copies:
            raise NotReplayable(f"was replayed before, as letter {self._copies[place]}, and failed")
        if place in self._records:
            raise NotReplayable(f"its record was replayed before, as letter {self._records[place]}")
        if letter.letter.reason in _FOR_EVER:
            raise NotReplayable(_FOR_EVER[letter.letter.reason])


def way_back(letter: Letter, record: Record | None) -> Message:
    """What goes back: the record as it is in its topic, else what the letter kept of it.

    Raises NotReplayable.
    """
    about = letter.letter
    mark = (HEADER, b"%d" % letter.id)
    if record is None:
        if not about.value or not about.is_whole:
            kept = f"{len(about.value)} of {about.origin.get('size', '?')} bytes of it"
            raise NotReplayable(f"Kafka no longer has the record, and the letter only {kept}")
        return Message(about.topic, None, about.value, to_ms(about.at), (mark,))
    if record.key is None and record.value is None:
        raise NotReplayable("its record has neither key nor value: Kafka's client sends no such")
    if HEADER in _names(record.headers):
        raise NotReplayable("was replayed before: its record says so in a header")
    if not _is_the_same(about, record):
        raise NotReplayable("another record is in its place now: was the topic made anew?")
    headers = (*record.headers, mark)
    return Message(about.topic, record.key, record.value, record.timestamp, headers)


def _never_a_record(letter: DeadLetter) -> str:
    if "url" in letter.origin:
        return f"it never was a record: the collector refused it on {letter.origin['url']}"
    return "it never was a record: Kafka itself refused it"


def _is_the_same(letter: DeadLetter, record: Record) -> bool:
    value = record.value or b""
    if letter.is_whole:
        return value == letter.value
    # Of a long one, the end is not known: then its time speaks for it too.
    begins_so = len(value) == letter.origin.get("size") and value.startswith(letter.value)
    return begins_so and record.timestamp == to_ms(letter.at)


def _names(headers: Collection[tuple[str, bytes | None]]) -> set[str]:
    return {name for name, _ in headers}


def _matches(value: str, pattern: str | None) -> bool:
    return pattern is None or fnmatchcase(value, pattern)
