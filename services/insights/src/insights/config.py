"""The settings of insights: those of its tasks, and those of its view, API and stream."""

from pydantic import Field

from cointicker.settings import Port
from cointicker.tasks import TaskSettings


class InsightsSettings(TaskSettings):
    """The view is what the API shows: the last hours of the insight topics, in memory."""

    http_port: Port = Field(8000, description="port of the API and of /metrics, /healthz, /readyz")
    view_hours: float = Field(
        24, gt=0, le=2_160, description="how far back the API goes, by the records' Kafka time"
    )
    view_most_insights: int = Field(
        20_000, ge=100, description="most insights that are kept in memory, about 1 KiB each"
    )
    view_most_candles: int = Field(
        500_000, ge=100_000, description="most candles that are kept in memory, 80 bytes each"
    )
    stream_most_clients: int = Field(100, ge=1, description="clients of /api/stream at a time")
    stream_most_waiting: int = Field(
        1_000, ge=10, description="events that wait for a client until it is disconnected"
    )
    stream_heartbeat_seconds: float = Field(
        15, gt=0, description="a silent stream says so often that it is there"
    )
    stream_write_seconds: float = Field(
        10, gt=0, description="a client that takes nothing for so long is disconnected"
    )
