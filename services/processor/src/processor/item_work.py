"""The task of a source of single items (news, indexes, answers): each version of each item once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.processed import FearGreed, Origin
from cointicker.times import to_ms
from cointicker.work import Output
from processor.coins import Coins
from processor.counts import Counts, Report
from processor.envelope import Envelope, refusal, version_of
from processor.item import Cleaned
from processor.memory import Memory, Packed
from processor.options import Options
from processor.refusals import Refusals
from processor.sources import cnn_fear_greed, coinness, perplexity, saveticker
from processor.versions import DUPLICATE, TOO_OLD

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Trade:
    """How the items of a source are read, and the kind of record that they become."""

    source: str
    kind: str
    decode: Callable[[bytes], Envelope[Any]]
    clean: Callable[[Envelope[Any], Origin, Coins], Cleaned]


TRADES = {
    trade.source: trade
    for trade in (
        Trade(coinness.SOURCE, "news", coinness.decode, coinness.clean),
        Trade(saveticker.SOURCE, "news", saveticker.decode, saveticker.clean),
        Trade(perplexity.SOURCE, "analysis", perplexity.decode, perplexity.clean),
        Trade(cnn_fear_greed.SOURCE, "fear_greed", cnn_fear_greed.decode, cnn_fear_greed.clean),
    )
}


class _State(msgspec.Struct, tag="processor.items.1"):
    source: str
    seen: int
    invalid: list[int]
    horizon_ms: int
    items: list[Packed]


class ItemWork:
    """Items become records of their kind, in the one partition of its topic."""

    def __init__(
        self, trade: Trade, partition: Partition, options: Options, coins: Coins, report: Report
    ) -> None:
        self._trade = trade
        self._partition = partition
        self._topic = options.processed_topic(trade.kind)
        self._future_ms = options.future_ms
        self._coins = coins
        self._report = report
        self._memory = Memory(options.remembered_ms, options.remembered_versions)
        self._refusals = Refusals(partition, options.dead_letter_topic, options.most_invalid_share)

    def take(self, records: Sequence[Record]) -> Sequence[Output]:
        """The output of the next records. Raises ContractViolation if too many are invalid."""
        outputs, counts = self._refusals.sort_out(records, self._processed)
        self._report(self._trade.source, self._trade.kind, counts)
        return outputs

    def idle(self) -> Sequence[Output]:
        """Nothing."""
        return ()

    def snapshot(self) -> bytes:
        """What was seen."""
        state = _State(
            self._trade.source,
            self._refusals.seen,
            list(self._refusals.recent()),
            *self._memory.packed(),
        )
        return msgspec.msgpack.encode(state)

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot. Raises InvalidMessage."""
        try:
            state = msgspec.msgpack.decode(snapshot, type=_State)
        except msgspec.DecodeError as error:
            raise InvalidMessage("wrong_snapshot", str(error)) from error
        if state.source != self._trade.source:
            raise InvalidMessage("wrong_snapshot", f"of {state.source!r}")
        self._refusals.restore(state.seen, state.invalid)
        self._memory.unpack(state.horizon_ms, state.items)

    def _processed(self, record: Record, counts: Counts) -> Output | None:
        raw = self._decoded(record.value)
        origin = Origin(self._partition.topic, self._partition.number, record.offset)
        cleaned = self._trade.clean(raw, origin, self._coins)
        event_ms = to_ms(cleaned.event_at)
        if event_ms > record.timestamp + self._future_ms:
            raise InvalidMessage("future_dated", f"payload: {cleaned.event_at.isoformat()}")
        revision = self._memory.admit(raw.id, event_ms, version_of(raw.content_hash))
        if revision == DUPLICATE:
            counts.duplicates += 1
            return None
        if revision == TOO_OLD:
            raise InvalidMessage("too_old", f"payload: {cleaned.event_at.isoformat()}")
        counts.processed += 1
        counts.revisions += revision > 0
        counts.unmapped += cleaned.unmapped
        made = msgspec.structs.replace(cleaned.record, revision=revision)
        key = made.index if isinstance(made, FearGreed) else made.id
        return Output(self._topic, 0, key.encode(), _encode(made), record.timestamp)

    def _decoded(self, value: bytes | None) -> Envelope[Any]:
        try:
            raw = self._trade.decode(value)  # type: ignore[arg-type]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
            raise refusal(error, value) from error
        if raw.source != self._trade.source:
            raise InvalidMessage("wrong_identity", f"source: {raw.source!r}")
        return raw
