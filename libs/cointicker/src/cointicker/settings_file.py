"""The operators' YAML file: the shape they know, mapped to the names of our settings."""

import logging
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cointicker.errors import ConfigError

DEFAULT_FILE = Path("config/kafka_config.yaml")
SERVICES = ("collector", "processor", "hdfs_sink", "insights")
# Consumers in scripts have no section of their own, and a group that is not the file's: that is
# hdfs-sink's, and a script in it would take records away from the archive.
SCRIPT = "script"

logger = logging.getLogger(__name__)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Topics(_Strict):
    raw_prefix: str | None = None
    processed_prefix: str | None = None
    insights_prefix: str | None = None


class _Producer(_Strict):
    acks: str | int | None = None
    retries: int | None = None
    batch_size: int | None = None
    timeout: float | None = None


class _Consumer(_Strict):
    group_id: str | None = None
    auto_offset_reset: str | None = None
    enable_auto_commit: bool | None = None
    timeout: float | None = None


class _Kafka(_Strict):
    bootstrap_servers: list[str] | str | None = None
    topics: _Topics = _Topics()
    producer: _Producer = _Producer()
    consumer: _Consumer = _Consumer()


class _File(_Strict):
    kafka: _Kafka = _Kafka()
    collector: dict[str, Any] = {}
    processor: dict[str, Any] = {}
    hdfs_sink: dict[str, Any] = {}
    insights: dict[str, Any] = {}


def read_settings_file(path: Path | None, *, section: str) -> dict[str, Any]:
    """The file's values by our names, for one service. Raises ConfigError.

    Without a `path` the usual place is read if there is a file. Keys that we take and do stronger
    things instead of are answered with a warning each.
    """
    if path is None:
        if not DEFAULT_FILE.exists():
            return {}
        path = DEFAULT_FILE
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        file = _File.model_validate(content)
    except OSError as error:
        raise ConfigError([f"config_file: cannot read {path}: {error.strerror}"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"config_file: {path} is not YAML: {error}"]) from error
    except ValidationError as error:
        raise ConfigError([_problem(path, each) for each in error.errors()]) from error
    for warning in _stronger(file.kafka, section):
        logger.warning("%s: %s", path, warning)
    common = _common(file.kafka, path, section)
    if section == SCRIPT:
        group = file.hdfs_sink.get("kafka_group_id", file.kafka.consumer.group_id)
        return {**common, **_given({"kafka_sink_group_id": group})}
    own: dict[str, Any] = getattr(file, section) if section in SERVICES else {}
    return {**common, **own}


def _problem(path: Path, error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "the file"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key (in {path})"
    return f"{where}: {error['msg']} (got {error['input']!r}, in {path})"


def _common(kafka: _Kafka, path: Path, section: str) -> dict[str, Any]:
    asked = {
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "kafka_topic_prefix": _prefix(kafka.topics, path),
        "kafka_delivery_timeout_seconds": kafka.producer.timeout,
        "kafka_request_timeout_seconds": kafka.consumer.timeout,
        "kafka_group_id": kafka.consumer.group_id if section == "hdfs_sink" else None,
        "kafka_auto_offset_reset": kafka.consumer.auto_offset_reset if section == SCRIPT else None,
    }
    return _given(asked)


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


def _prefix(topics: _Topics, path: Path) -> str | None:
    named = {
        name: value
        for name in ("raw", "processed", "insights")
        if (value := getattr(topics, f"{name}_prefix")) is not None
    }
    prefixes = {
        value.removesuffix(f".{name}") if value.endswith(f".{name}") else None
        for name, value in named.items()
    }
    if not named:
        return None
    if len(prefixes) != 1 or None in prefixes:
        raise ConfigError(
            [
                "kafka.topics: raw_prefix, processed_prefix and insights_prefix must be P.raw, "
                f"P.processed and P.insights for one P (got {list(named.values())!r}, in {path})"
            ]
        )
    return prefixes.pop()


def _stronger(kafka: _Kafka, section: str) -> list[str]:
    """What is asked for and what happens instead, where that is stronger."""
    producer, consumer = kafka.producer, kafka.consumer
    asked = [
        (producer.acks not in (None, "all", -1), "producer.acks", "every send waits for all acks"),
        (producer.retries is not None, "producer.retries", "retried until the delivery deadline"),
        (producer.batch_size is not None, "producer.batch_size", "one batch a poll"),
        (
            consumer.auto_offset_reset is not None and section != SCRIPT,
            "consumer.auto_offset_reset",
            "the first start is from the earliest; later a gap is recorded, never jumped",
        ),
        (
            consumer.enable_auto_commit is True,
            "consumer.enable_auto_commit",
            "offsets are committed after what they stand for is durable",
        ),
    ]
    return [f"kafka.{key} has no effect: {instead}" for given, key, instead in asked if given]
