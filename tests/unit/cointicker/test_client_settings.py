"""A script's consumer is set as it is told, over the environment, over the operators' file."""

import logging
from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from cointicker.kafka import AsyncConsumer
from cointicker.kafka.script_settings import ScriptConsumerSettings

FILE = """
kafka:
  bootstrap_servers: ["file:9092"]
  consumer: {group_id: of-the-file, auto_offset_reset: latest, timeout: 3}
hdfs_sink: {rotate_bytes: 1}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kafka_config.yaml"
    path.write_text(FILE)
    return path


def test_the_file_is_read_and_what_it_says_is_done(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        settings = ScriptConsumerSettings.read(config_file=file)
    assert settings.kafka_bootstrap_servers == ["file:9092"]
    assert (settings.kafka_group_id, settings.kafka_auto_offset_reset) == ("of-the-file", "latest")
    assert settings.kafka_request_timeout_seconds == 3
    assert caplog.messages == []


def test_the_environment_is_over_the_file_and_what_is_given_over_both(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_GROUP_ID", "of-the-environment")
    assert ScriptConsumerSettings.read(config_file=file).kafka_group_id == "of-the-environment"
    given = ScriptConsumerSettings.read(config_file=file, kafka_group_id="given")
    assert given.kafka_group_id == "given"


def test_a_group_and_topics_have_no_default() -> None:
    with pytest.raises(ConfigError, match="kafka_group_id"):
        AsyncConsumer(["t"])
    with pytest.raises(ConfigError, match="topics"):
        AsyncConsumer([], group_id="g")
