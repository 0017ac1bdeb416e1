"""The topics as `kafka/topics.yaml` declares them: the only list there is."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cointicker.errors import ConfigError

_UNIT_MS = {"h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Topic:
    """A declared topic; `config` are the broker's own names and texts."""

    name: str
    partitions: int
    config: dict[str, str]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9._]+$")
    key: str
    partitions: int = Field(gt=0)
    retention: str | None = Field(None, pattern=r"^\d+[hd]$")
    config: dict[str, str] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topics: list[_Declared]
    snapshots: dict[str, str] = {}


def load_topics(path: Path, prefix: str) -> list[Topic]:
    """Read the declared topics, named with `prefix`. Raises ConfigError."""
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError([f"{path}: cannot read: {error.strerror}"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}: not YAML: {error}"]) from error
    except ValidationError as error:
        raise ConfigError(
            [
                f"{path}: {'.'.join(map(str, each['loc']))}: {each['msg']} (got {each['input']!r})"
                for each in error.errors()
            ]
        ) from error
    return [_topic(each, prefix) for each in file.topics]


def _topic(declared: _Declared, prefix: str) -> Topic:
    config = dict(declared.config)
    if declared.retention:
        config["retention.ms"] = str(_milliseconds(declared.retention))
    return Topic(f"{prefix}.{declared.name}", declared.partitions, config)


def _milliseconds(duration: str) -> int:
    count, unit = re.fullmatch(r"(\d+)([hd])", duration).groups()  # type: ignore[union-attr]
    return int(count) * _UNIT_MS[unit]
