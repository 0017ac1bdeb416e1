"""What decides on records besides the records."""

from dataclasses import dataclass

SERVICE = "processor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A task's options; a change of one changes what a replay of the same records gives."""

    prefix: str = "cointicker"
    future_ms: int = 300_000
    remembered_trades: int = 32
    remembered_markets: int = 20_000
    remembered_ms: int = 7 * 86_400_000
    remembered_versions: int = 200_000
    most_invalid_share: float = 0.5

    @property
    def dead_letter_topic(self) -> str:
        """Where what cannot be used goes."""
        return f"{self.prefix}.dead_letter"

    def processed_topic(self, kind: str) -> str:
        """Where records of a kind go."""
        return f"{self.prefix}.processed.{kind}"

    def raw_topic(self, source: str) -> str:
        """Where a source's records come from."""
        return f"{self.prefix}.raw.{source}"

    def state_topic(self, source: str) -> str:
        """Where the tasks of a source keep their state."""
        return f"{self.prefix}.state.{SERVICE}.{source}"
