"""Which work a raw topic gets."""

from cointicker.errors import ContractViolation
from cointicker.kafka.records import Partition
from processor.coins import load_coins
from processor.counts import Report
from processor.item_work import TRADES, ItemWork
from processor.market_work import MarketWork
from processor.options import Options
from processor.sources import upbit_trends

SOURCES = (upbit_trends.SOURCE, *TRADES)


def make_work(
    partition: Partition, snapshot: bytes | None, *, options: Options, report: Report
) -> MarketWork | ItemWork:
    """The work of a partition, from a snapshot if there is one. Raises InvalidMessage."""
    work = _new(partition, options, report)
    if snapshot is not None:
        work.restore(snapshot)
    return work


def _new(partition: Partition, options: Options, report: Report) -> MarketWork | ItemWork:
    for source in SOURCES:
        if partition.topic == options.raw_topic(source):
            if source == upbit_trends.SOURCE:
                return MarketWork(partition, options, load_coins(), report)
            return ItemWork(TRADES[source], partition, options, load_coins(), report)
    raise ContractViolation(f"{partition} is none of the raw topics that are known")
