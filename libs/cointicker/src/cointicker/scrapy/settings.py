"""The settings of the pipelines: Scrapy's own over the environment over the operators' file."""

from typing import Self

from pydantic import Field, field_validator
from scrapy.settings import BaseSettings

from cointicker.settings import ClientSettings


class PipelineSettings(ClientSettings):
    """Each is a Scrapy setting by its name in capitals, such as `KAFKA_BATCH_SIZE`."""

    kafka_batch_size: int = Field(10, ge=1, le=10_000, description="most records in one sending")
    kafka_retries: int = Field(
        3, ge=0, le=1_000, description="further tries to send what was not acknowledged"
    )
    kafka_unsent_file: str = Field(
        "{spider}.unsent.ndjson", min_length=1, description="what was not acknowledged is kept here"
    )
    duplicates_remembered: int = Field(
        100_000, ge=1, description="items that DuplicatesPipeline remembers"
    )

    @field_validator("kafka_topic_prefix", mode="before")
    @classmethod
    def _without_raw(cls, value: object) -> object:
        """Take `cointicker.raw`, which is what spiders publish to, for `cointicker`."""
        return value.removesuffix(".raw") if isinstance(value, str) else value

    @classmethod
    def of(cls, settings: BaseSettings) -> Self:
        """What a crawler's settings say. Raises ConfigError with all problems at once."""
        names = cls.model_fields.keys() - {"config_file"}
        given = {name: settings.get(name.upper()) for name in names}
        servers = given["kafka_bootstrap_servers"]
        if isinstance(servers, tuple):
            given["kafka_bootstrap_servers"] = list(servers)
        return cls.read(**given)

    def topic(self, source: str) -> str:
        """Where the items of a source go."""
        return f"{self.kafka_topic_prefix}.raw.{source}"
