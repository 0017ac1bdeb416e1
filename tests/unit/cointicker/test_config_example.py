"""config/kafka_config.yaml.example: every reader takes it, and warns of what it does instead."""

import logging
from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from cointicker.settings import ArchiveSettings, ClientSettings
from collector.config import CollectorSettings
from hdfs_sink.config import SinkSettings
from insights.config import InsightsSettings
from processor.config import ProcessorSettings

EXAMPLE = Path("config/kafka_config.yaml.example")
READERS: list[type[ClientSettings]] = [
    ClientSettings,
    ArchiveSettings,
    CollectorSettings,
    ProcessorSettings,
    SinkSettings,
    InsightsSettings,
]
WARNED_OF = [
    "kafka.producer.retries",
    "kafka.producer.batch_size",
    "kafka.consumer.auto_offset_reset",
    "kafka.consumer.enable_auto_commit",
]


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_takes_it_and_warns_of_what_has_no_effect(
    reader: type[ClientSettings], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        settings = reader.read(config_file=EXAMPLE)
    assert settings.kafka_bootstrap_servers == ["localhost:9092"]
    assert settings.kafka_topic_prefix == "cointicker"
    assert settings.kafka_delivery_timeout_seconds == 10
    assert settings.kafka_request_timeout_seconds == 10
    warned_of = [each.getMessage().split()[1] for each in caplog.records]
    assert warned_of == WARNED_OF
    assert all("has no effect: " in each.getMessage() for each in caplog.records)


@pytest.mark.parametrize("reader", [SinkSettings, ArchiveSettings])
def test_its_group_and_its_namenode_are_those_of_the_sink(reader: type[ArchiveSettings]) -> None:
    settings = reader.read(config_file=EXAMPLE)
    assert settings.kafka_group_id == "cointicker-consumer"
    assert settings.hdfs_namenode == "hdfs://localhost:9000"


def test_every_warning_is_announced_beside_its_key() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for key in WARNED_OF:
        name = key.rpartition(".")[2]
        [at] = [number for number, line in enumerate(lines) if line.strip().startswith(f"{name}:")]
        assert "with a warning" in " ".join(lines[at - 2 : at])


@pytest.mark.parametrize(
    ("line", "unread"),
    [
        ("    acks: all", "kafka.producer.compression"),
        ("    group_id: cointicker-consumer", "kafka.consumer.compression"),
        ('  bootstrap_servers: ["localhost:9092"]', "kafka.compression"),
    ],
)
def test_a_key_that_nothing_reads_is_an_error_that_names_it(
    tmp_path: Path, line: str, unread: str
) -> None:
    indent = line[: len(line) - len(line.lstrip())]
    file = tmp_path / "config.yaml"
    file.write_text(EXAMPLE.read_text().replace(line, f"{line}\n{indent}compression: gzip"))
    for reader in READERS:
        with pytest.raises(ConfigError, match=rf"^{unread}: unknown key"):
            reader.read(config_file=file)


def test_a_key_that_the_sink_does_not_read_is_an_error_in_its_section(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(EXAMPLE.read_text() + "  block_size: 64\n")
    with pytest.raises(ConfigError, match="block_size: unknown key"):
        SinkSettings.read(config_file=file)
