"""What became of each raw record of a partition, told in little memory: a hash for each fact. Pure.

A raw record is processed, a repetition of one before it, or a dead letter.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

_HASH_BYTES = 16
_MOST_TOLD = 10


class _Fact(msgspec.Struct):
    source: str
    id: str
    content_hash: str


class _Origin(msgspec.Struct):
    topic: str = ""
    partition: int = -1
    offset: int = -1


class _Traced(msgspec.Struct):
    origin: _Origin


_FACT = msgspec.json.Decoder(_Fact)
_TRACED = msgspec.json.Decoder(_Traced)


@dataclass(slots=True)
class Account:
    """One partition of raw records. Tell it of everything made of them, then of each in order."""

    topic: str
    number: int
    raw: int = 0
    processed: int = 0
    repeated: int = 0
    dead: int = 0
    twice: int = 0
    problems: list[str] = field(default_factory=list)
    _made: set[int] = field(default_factory=set)
    _refused: set[int] = field(default_factory=set)
    _seen: set[bytes] = field(default_factory=set)

    def was_made(self, value: bytes | None) -> None:
        """Of a processed record. It has to be of this partition."""
        self._trace(value, self._made)

    def was_refused(self, value: bytes | None) -> None:
        """Of a dead letter. That of another partition, or of no raw record, is passed over."""
        origin = _origin(value)
        if (origin.topic, origin.partition) == (self.topic, self.number):
            self._trace(value, self._refused)

    def was_raw(self, offset: int, value: bytes | None) -> None:
        """Of a raw record, which is settled with that."""
        self.raw += 1
        fact = _fact(value)
        if offset in self._made:
            self.processed += 1
            if fact in self._seen:
                self.twice += 1
                self._tell(f"processed again: the fact at {self.topic}-{self.number} {offset}")
        elif offset in self._refused:
            self.dead += 1
        elif fact in self._seen:
            self.repeated += 1
        else:
            place = f"{self.topic}-{self.number} {offset}"
            self._tell(f"neither processed nor a dead letter: {place}")
        if fact is not None:
            self._seen.add(fact)

    @property
    def missing(self) -> int:
        """Raw records of which nothing became."""
        return self.raw - self.processed - self.repeated - self.dead

    def close(self) -> None:
        """Every record was told of: what was made of no raw record is a problem."""
        if self.processed != len(self._made):
            self._tell(f"{len(self._made)} origins, {self.processed} of them raw records")

    def _trace(self, value: bytes | None, places: set[int]) -> None:
        origin = _origin(value)
        if (origin.topic, origin.partition) != (self.topic, self.number):
            self._tell(f"made of {origin}, in the place of {self.topic}-{self.number}")
        elif origin.offset in places:
            self.twice += 1
            self._tell(f"made twice of {self.topic}-{self.number} {origin.offset}")
        else:
            places.add(origin.offset)

    def _tell(self, problem: str) -> None:
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(problem)


def _origin(value: bytes | None) -> _Origin:
    return _TRACED.decode(value or b"{}").origin


def _fact(value: bytes | None) -> bytes | None:
    try:
        fact = _FACT.decode(value or b"")
    except msgspec.DecodeError:
        return None
    words = "\0".join((fact.source, fact.id, fact.content_hash))
    return blake2b(words.encode(), digest_size=_HASH_BYTES).digest()
