"""The processor's settings."""

from pydantic import Field

from cointicker.settings import Port
from cointicker.tasks import TaskSettings
from processor.options import Options


class ProcessorSettings(TaskSettings):
    """Those that shape what is remembered are part of what a replay gives: change them seldom."""

    http_port: Port = Field(8002, description="port of /metrics, /healthz, /readyz")
    future_minutes: float = Field(
        5, ge=0, le=1440, description="a fact may be so much later than when it was fetched"
    )
    remembered_trades: int = Field(
        32, ge=1, le=256, description="versions of trades a market whose repetition is dropped"
    )
    remembered_markets: int = Field(
        20_000, ge=10, le=100_000, description="markets a task remembers"
    )
    remembered_days: float = Field(
        7, gt=0, le=365, description="event time for which versions of items are remembered"
    )
    remembered_versions: int = Field(
        200_000, ge=100, le=500_000, description="but no more versions of items a task than this"
    )
    most_invalid_percent: float = Field(
        50, gt=0, le=100, description="more of the last 1,000 records invalid: the task stops"
    )

    def options(self) -> Options:
        """What the work needs of these."""
        return Options(
            prefix=self.kafka_topic_prefix,
            future_ms=round(self.future_minutes * 60_000),
            remembered_trades=self.remembered_trades,
            remembered_markets=self.remembered_markets,
            remembered_ms=round(self.remembered_days * 86_400_000),
            remembered_versions=self.remembered_versions,
            most_invalid_share=self.most_invalid_percent / 100,
        )
