"""Which work belongs to which input of this service, and where each keeps its state."""

from dataclasses import dataclass

from cointicker.errors import ContractViolation
from cointicker.kafka.records import Partition
from cointicker.processed import Analysis, FearGreed, News
from cointicker.work import Work
from insights.metrics import Tally
from insights.outlet import SERVICE, Outlet
from insights.stage_market import MarketStage
from insights.stage_relay import RelayStage, analysis, check_snapshot, index_value, news
from insights.stage_whole import WholeStage
from insights.tone import Lexicon


def inputs(prefix: str) -> dict[str, str]:
    """The topics that are read, each with the one that its tasks keep their state on."""
    stage_one = ("market", "news", "fear_greed", "analysis")
    state = f"{prefix}.state.{SERVICE}"
    topics = {f"{prefix}.processed.{name}": f"{state}.{name}" for name in stage_one}
    return {**topics, f"{prefix}.state.market": f"{state}.all"}


@dataclass(frozen=True, slots=True)
class Stages:
    """Makes the work of any input partition; it is a `MakeWork`.

    `market_partitions` is the partition count of `processed.market`.
    """

    prefix: str
    market_partitions: int
    lexicon: Lexicon
    tally: Tally

    def __call__(self, partition: Partition, snapshot: bytes | None) -> Work:
        """The work of this partition. Raises InvalidMessage if the snapshot is not its own."""
        name = partition.topic.removeprefix(f"{self.prefix}.")
        if name == "processed.market":
            return MarketStage(self.prefix, partition, snapshot, self.tally)
        if name == "state.market":
            return WholeStage(self.prefix, partition, snapshot, self.market_partitions, self.tally)
        check_snapshot(snapshot)
        return self._relay(name, partition)

    def _relay(self, name: str, partition: Partition) -> Work:
        outlet = Outlet(self.prefix)
        if name == "processed.news":
            return RelayStage(outlet, partition, News, news(self.lexicon), self.tally)
        if name == "processed.fear_greed":
            return RelayStage(outlet, partition, FearGreed, index_value, self.tally)
        if name == "processed.analysis":
            return RelayStage(outlet, partition, Analysis, analysis(self.lexicon), self.tally)
        raise ContractViolation(f"{partition.topic} is no input of insights")
