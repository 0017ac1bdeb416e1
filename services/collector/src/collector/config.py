"""The collector's settings. A source is one field: its class holds its defaults."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from cointicker.settings import Port, ServiceSettings
from collector.source import Source
from collector.sources.alternative_me import AlternativeMe
from collector.sources.cnn_fear_greed import CnnFearGreed
from collector.sources.coinness import Coinness
from collector.sources.perplexity import Perplexity
from collector.sources.saveticker import Saveticker
from collector.sources.upbit_trends import UpbitTrends


def _usable(directory: Path) -> Path:
    """A directory that is there and can be written, or can be made."""
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"{there} is not a directory that can be written")
    return directory


class CollectorSettings(ServiceSettings):
    """A source's setting is COINNESS_BASE_URL, or `base_url` at `coinness` in the YAML file."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    http_port: Port = Field(8001, description="port of /metrics, /healthz, /readyz")
    spool_directory: Annotated[Path, AfterValidator(_usable)] = Field(
        Path(".stack/spool"), description="where records wait on disk while Kafka is away"
    )
    spool_max_bytes: int = Field(
        1_073_741_824, ge=1_048_576, description="polling pauses when so much waits on disk"
    )
    spool_patience_seconds: float = Field(
        1, gt=0, description="records that Kafka has not acknowledged by then go to the disk too"
    )
    remembered_items: int = Field(
        20_000, ge=1_000, description="items a source whose hash is kept, to drop what is unchanged"
    )

    upbit_trends: UpbitTrends = Field(UpbitTrends(), description="settings of Upbit, as JSON")
    coinness: Coinness = Field(Coinness(), description="settings of Coinness, as JSON")
    saveticker: Saveticker = Field(Saveticker(), description="settings of SaveTicker, as JSON")
    perplexity: Perplexity = Field(Perplexity(), description="settings of Perplexity, as JSON")
    cnn_fear_greed: CnnFearGreed = Field(CnnFearGreed(), description="settings of CNN, as JSON")
    alternative_me: AlternativeMe = Field(
        AlternativeMe(), description="settings of alternative.me, as JSON"
    )

    def sources(self) -> list[Source]:
        """Every source, those that are switched off too."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value for value in values if isinstance(value, Source)]
