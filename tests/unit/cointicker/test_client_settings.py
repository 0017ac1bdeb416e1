"""A script's consumer is set as it is told, over the environment, over the operators' file."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from cointicker.kafka import AsyncConsumer, AsyncProducer
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
        settings = ScriptConsumerSettings.read(config_file=file, kafka_group_id="g")
    assert settings.kafka_bootstrap_servers == ["file:9092"]
    assert settings.kafka_auto_offset_reset == "latest"
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
    with pytest.raises(ConfigError, match=r"^group_id: name a group of your own"):
        AsyncConsumer(["t"])
    with pytest.raises(ConfigError, match="topics"):
        AsyncConsumer([], group_id="g")


def test_the_file_names_the_group_of_the_sink_and_none_for_scripts(file: Path) -> None:
    with pytest.raises(ConfigError, match="name a group of your own"):
        ScriptConsumerSettings.read(config_file=file)


@pytest.mark.parametrize("group", ["of-the-file", "hdfs-sink", "processor", "insights"])
def test_the_group_of_a_service_is_refused_by_name(
    file: Path, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=f"{group} is the group of a service"):
        ScriptConsumerSettings.read(config_file=file, kafka_group_id=group)
    monkeypatch.setenv("KAFKA_GROUP_ID", group)
    with pytest.raises(ConfigError, match=f"{group} is the group of a service"):
        ScriptConsumerSettings.read(config_file=file)


def test_the_group_may_be_named_in_the_sinks_own_section(tmp_path: Path) -> None:
    path = tmp_path / "kafka_config.yaml"
    path.write_text("hdfs_sink: {kafka_group_id: archive}")
    with pytest.raises(ConfigError, match="archive is the group of a service"):
        ScriptConsumerSettings.read(config_file=path, kafka_group_id="archive")


@pytest.mark.parametrize("client", [AsyncProducer, lambda: AsyncConsumer(["t"], group_id="g")])
def test_clients_read_the_usual_file_and_the_environment_without_being_told(
    client: Callable[[], AsyncProducer | AsyncConsumer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "kafka_config.yaml").write_text(FILE)
    assert client()._settings.kafka_bootstrap_servers == ["file:9092"]
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "environment:9092")
    assert client()._settings.kafka_bootstrap_servers == ["environment:9092"]
