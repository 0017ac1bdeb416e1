"""The sink's settings."""

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from cointicker.kafka.clients import ConsumerOptions
from cointicker.settings import ArchiveSettings, Port, ServiceSettings, Words
from hdfs_sink.batch import Rotation

_MEBIBYTE = 1_048_576


class SinkSettings(ArchiveSettings, ServiceSettings):
    """Flags as operators write them: --bootstrap-servers --topics --group-id --hdfs-namenode."""

    model_config = SettingsConfigDict(extra="forbid")

    http_port: Port = Field(8003, description="port of /metrics, /healthz, /readyz")
    kafka_topics: Words = Field(
        default_factory=lambda known: [f"{known.get('kafka_topic_prefix', 'cointicker')}.raw.*"],
        description="names and globs of topics; new ones are joined while running",
    )
    kafka_session_seconds: float = Field(
        30, ge=6, le=300, description="a sink that is silent for so long loses its partitions"
    )
    kafka_metadata_seconds: float = Field(
        5, gt=0, description="how soon a new topic that matches is seen"
    )
    kafka_consumer_stalled_seconds: float = Field(
        60, gt=0, description="a consumer that does not move for so long is made anew"
    )
    kafka_rebuilds: int = Field(
        5, ge=1, description="stalled consumers in a row after which the process ends"
    )
    kafka_group_instance_id: str | None = Field(
        None, description="static membership, unique to this process"
    )
    poll_records: int = Field(5_000, ge=1, description="most records taken at once")

    hdfs_threads: int = Field(4, ge=1, le=64, description="HDFS calls at the same time")
    hdfs_timeout_seconds: float = Field(120, gt=0, description="deadline of a whole HDFS call")
    new_root: bool = Field(
        False, description="true: go on from commits that were made for another root"
    )

    rotate_bytes: int = Field(
        32 * _MEBIBYTE, ge=1, description="a file is closed at this compressed size"
    )
    rotate_records: int = Field(5_000_000, ge=1, description="or with so many records")
    rotate_age_seconds: float = Field(300, gt=0, description="or when its first record is so old")
    rotate_idle_seconds: float = Field(60, gt=0, description="or when nothing came for so long")
    buffer_bytes: int = Field(
        96 * _MEBIBYTE, ge=_MEBIBYTE, description="most that waits in memory, all partitions"
    )
    refused_retry_seconds: float = Field(
        60, gt=0, description="how often a refused partition is looked at again"
    )

    @model_validator(mode="after")
    def _fits(self) -> "SinkSettings":
        if self.rotate_bytes > self.buffer_bytes:
            raise ValueError("rotate_bytes: must not be more than buffer_bytes")
        return self

    def consumer(self) -> ConsumerOptions:
        """How the group is joined."""
        return ConsumerOptions(
            servers=self.kafka_bootstrap_servers,
            group=self.kafka_group_id,
            topics=self.kafka_topics,
            session_seconds=self.kafka_session_seconds,
            request_seconds=self.kafka_request_timeout_seconds,
            stalled_seconds=self.kafka_consumer_stalled_seconds,
            metadata_seconds=self.kafka_metadata_seconds,
            member=self.kafka_group_instance_id,
        )

    def rotation(self) -> Rotation:
        """When a file is closed."""
        return Rotation(
            body_bytes=self.rotate_bytes,
            records=self.rotate_records,
            age_seconds=self.rotate_age_seconds,
            idle_seconds=self.rotate_idle_seconds,
        )
