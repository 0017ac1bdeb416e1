"""The task of one partition of tickers: each version of each market's trade once, in 10 µs."""

from collections.abc import Sequence

import msgspec

from cointicker.errors import InvalidMessage
from cointicker.kafka.records import Partition, Record
from cointicker.processed import Origin
from cointicker.work import Output
from processor.coins import Coins
from processor.counts import Counts, Report
from processor.envelope import refusal, version_of
from processor.options import Options
from processor.refusals import Refusals
from processor.rings import Rings
from processor.sources.upbit_trends import SOURCE, Names, clean, decode
from processor.versions import DUPLICATE, TOO_OLD

KIND = "market"

_encode = msgspec.json.Encoder().encode


class _State(msgspec.Struct, tag="processor.market.1"):
    seen: int
    invalid: list[int]
    rings: dict[str, tuple[bytes, bytes, bytes]]


class MarketWork:
    """Tickers become records of their markets, in the partition that they came from."""

    def __init__(self, partition: Partition, options: Options, coins: Coins, report: Report):
        self._partition = partition
        self._topic = options.processed_topic(KIND)
        self._future_ms = options.future_ms
        self._rings = Rings(options.remembered_trades, options.remembered_markets)
        self._names = Names(coins)
        self._report = report
        self._refusals = Refusals(partition, options.dead_letter_topic, options.most_invalid_share)

    def take(self, records: Sequence[Record]) -> Sequence[Output]:
        """The output of the next records. Raises ContractViolation if too many are invalid."""
        outputs, counts = self._refusals.sort_out(records, self._processed)
        self._report(SOURCE, KIND, counts)
        return outputs

    def idle(self) -> Sequence[Output]:
        """Nothing."""
        return ()

    def snapshot(self) -> bytes:
        """What was seen."""
        state = _State(self._refusals.seen, list(self._refusals.recent()), self._rings.packed())
        return msgspec.msgpack.encode(state)

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot. Raises InvalidMessage."""
        try:
            state = msgspec.msgpack.decode(snapshot, type=_State)
        except msgspec.DecodeError as error:
            raise InvalidMessage("wrong_snapshot", str(error)) from error
        self._refusals.restore(state.seen, state.invalid)
        self._rings.unpack(state.rings)

    def _processed(self, record: Record, counts: Counts) -> Output | None:
        value = record.value
        try:
            raw = decode(value)  # type: ignore[arg-type]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
            raise refusal(error, value) from error
        ticker = raw.payload
        market = ticker.market
        traded_ms = int(ticker.trade_timestamp)
        fact = f"{market}:{traded_ms}"
        if raw.source != SOURCE or raw.id != fact:
            raise InvalidMessage("wrong_identity", f"source {raw.source!r}, id {raw.id!r}")
        if traded_ms > record.timestamp + self._future_ms:
            raise InvalidMessage("future_dated", f"payload.trade_timestamp: {traded_ms}")
        parts = self._names.parts(market)
        revision = self._rings.admit(market, traded_ms, version_of(raw.content_hash))
        if revision == DUPLICATE:
            counts.duplicates += 1
            return None
        if revision == TOO_OLD:
            raise InvalidMessage("too_old", f"payload.trade_timestamp: {traded_ms}")
        counts.processed += 1
        counts.revisions += revision > 0
        origin = Origin(self._partition.topic, self._partition.number, record.offset)
        return Output(
            self._topic,
            self._partition.number,
            market.encode(),
            _encode(clean(ticker, fact, revision, parts, origin)),
            record.timestamp,
        )
