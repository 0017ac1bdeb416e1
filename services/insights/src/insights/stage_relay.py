"""Stage one of news, analyses and indices: each becomes one record for stage two."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.processed import Analysis, FearGreed, News
from cointicker.work import Output
from insights.decoding import Versioned, decode, event_ms
from insights.metrics import Tally
from insights.outlet import Outlet
from insights.records import Headline, IndexValue
from insights.snapshots import pack, unpack
from insights.tone import Lexicon

T = TypeVar("T", bound=Versioned)
Told = tuple[str, Headline | IndexValue]
_SNAPSHOT = "insights.relay.1"
_MOST_SCORE = 100.0


class Nothing(msgspec.Struct, array_like=True):
    """The state: each record is translated by itself."""


class RelayStage(Generic[T]):
    """The work of one partition; `translate` gives the key and the record for stage two."""

    def __init__(
        self,
        outlet: Outlet,
        partition: Partition,
        kind: type[T],
        translate: Callable[[T, Record], Told],
        tally: Tally,
    ) -> None:
        self._outlet = outlet
        self._source = partition
        self._decoder = msgspec.json.Decoder(kind)
        self._translate = translate
        self._tally = tally

    def take(self, records: Sequence[Record]) -> list[Output]:
        """A record for stage two of each; dead letters of what cannot be used."""
        for record in records:
            try:
                key, told = self._translate(decode(self._decoder, record.value), record)
            except InvalidMessage as error:
                self._outlet.refuse(record, self._source, error)
                continue
            if isinstance(told, Headline) and told.score is None:
                self._outlet.unscored()
            self._outlet.state(key, told, record.timestamp)
        self._tally.count(str(self._source), self._outlet.counts)
        self._outlet.counts.clear()
        return self._outlet.drain()

    def idle(self) -> list[Output]:
        """Nothing: nobody waits for news."""
        return []

    def snapshot(self) -> bytes:
        """The same bytes always."""
        return pack(Nothing(), _SNAPSHOT)


def check_snapshot(snapshot: bytes | None) -> None:
    """Raises InvalidMessage if the snapshot is not of this stage."""
    if snapshot is not None:
        unpack(snapshot, Nothing, _SNAPSHOT)


def news(lexicon: Lexicon) -> Callable[[News, Record], Told]:
    """Scores a news item."""

    def translate(item: News, record: Record) -> Told:
        event_ms(item.published_at, record)
        return item.id, Headline(
            id=item.id,
            revision=item.revision,
            source=item.source,
            symbols=list(dict.fromkeys(item.symbols)),
            score=lexicon.tone(item.title, item.body),
            published_at=item.published_at,
        )

    return translate


def analysis(lexicon: Lexicon) -> Callable[[Analysis, Record], Told]:
    """Scores an answer of a language model: one voice on the market as a whole."""

    def translate(answer: Analysis, record: Record) -> Told:
        event_ms(answer.event_at, record)
        return answer.id, Headline(
            id=answer.id,
            revision=answer.revision,
            source=answer.model,
            symbols=[],
            score=lexicon.tone("", answer.text),
            published_at=answer.event_at,
        )

    return translate


def index_value(value: FearGreed, record: Record) -> Told:
    """Passes on a value of an index."""
    event_ms(value.event_at, record)
    if not 0.0 <= value.score <= _MOST_SCORE:
        raise InvalidMessage("out_of_range", f"score: {value.score}")
    return value.index, IndexValue(
        index=value.index,
        score=value.score,
        rating=value.rating,
        revision=value.revision,
        event_at=value.event_at,
    )
