from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr

from cointicker.errors import ConfigError
from cointicker.settings import ClientSettings, ServiceSettings, Words


class SinkSettings(ServiceSettings):
    kafka_topics: Words = Field(["cointicker.raw.*"])
    kafka_group_id: str = "hdfs-sink"
    rotate_bytes: int = 1
    api_key: SecretStr | None = None
    retries: int = 0

    @classmethod
    def section(cls) -> str:
        return "hdfs_sink"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def load(config: Path, yaml: str, *argv: str) -> SinkSettings:
    config.write_text(yaml)
    return SinkSettings.load(["--config-file", str(config), *argv])


def problems(config: Path, yaml: str, *argv: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(config, yaml, *argv)
    return caught.value.problems


OPERATORS_FILE = """
kafka:
  bootstrap_servers: ["a:1", "b:2"]
  topics:
    {raw_prefix: coins.raw, processed_prefix: coins.processed, insights_prefix: coins.insights}
  producer: {acks: all, retries: 3, batch_size: 10, timeout: 12}
  consumer: {group_id: mine, auto_offset_reset: earliest, enable_auto_commit: true, timeout: 7}
"""


@pytest.mark.parametrize("server", ["foo:bar", "foo", "foo:99999", "foo:0", ":9092"])
def test_a_broker_without_host_and_port_is_named(server: str) -> None:
    with pytest.raises(ConfigError, match=f"kafka_bootstrap_servers: .*'{server}': expected host"):
        ClientSettings.read(kafka_bootstrap_servers=["a:1", server])


def test_the_operators_file_is_read_in_its_own_shape(config: Path) -> None:
    settings = load(config, OPERATORS_FILE)
    assert settings.kafka_bootstrap_servers == ["a:1", "b:2"]
    assert settings.kafka_topic_prefix == "coins"
    assert settings.kafka_delivery_timeout_seconds == 12
    assert settings.kafka_request_timeout_seconds == 7
    assert settings.kafka_group_id == "mine"


def test_what_is_done_stronger_is_said(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(config, OPERATORS_FILE)
    said = "\n".join(caplog.messages)
    for key in ("producer.retries", "producer.batch_size", "consumer.auto_offset_reset"):
        assert f"kafka.{key} has no effect" in said
    assert "kafka.consumer.enable_auto_commit has no effect" in said
    assert "acks" not in said


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yaml = "hdfs_sink: {rotate_bytes: 2}"
    assert SinkSettings.load([]).rotate_bytes == 1
    assert load(config, yaml).rotate_bytes == 2
    monkeypatch.setenv("ROTATE_BYTES", "3")
    assert load(config, yaml).rotate_bytes == 3
    assert load(config, yaml, "--rotate-bytes", "4").rotate_bytes == 4


@pytest.mark.parametrize(
    "flags",
    [
        ["--topics", "a.*", "b"],
        ["--topics", "a.*,b"],
        ["--kafka-topics", "a.*, b"],
    ],
)
def test_several_topics_come_by_spaces_or_commas(flags: list[str]) -> None:
    assert SinkSettings.load(flags).kafka_topics == ["a.*", "b"]


def test_a_list_in_the_environment_comes_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2")
    assert SinkSettings.load([]).kafka_bootstrap_servers == ["a:1", "b:2"]


def test_every_problem_is_reported_at_once(config: Path) -> None:
    found = problems(
        config, "hdfs_sink: {rotate_bytes: many, colour: red}", "--grace-seconds", "-1"
    )
    assert len(found) == 3
    assert any("rotate_bytes" in each and "'many'" in each for each in found)
    assert any("grace_seconds" in each and "'-1'" in each for each in found)
    assert "colour: unknown key" in found


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("kafka: {consumer: {time_out: 3}}", "kafka.consumer.time_out: unknown key"),
        ("sink: {}", "sink: unknown key"),
        ("kafka: [", "is not YAML"),
        ("kafka: {topics: {raw_prefix: a.raw, processed_prefix: b.processed}}", "for one P"),
        ("kafka: {topics: {raw_prefix: a}}", "for one P"),
        ("kafka: {producer: {timeout: soon}}", "kafka.producer.timeout"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_at_fault(config: Path, yaml: str, said: str) -> None:
    assert said in problems(config, yaml)[0]


def test_a_file_that_is_named_and_missing_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        SinkSettings.load(["--config-file", str(tmp_path / "none.yaml")])


def test_a_secret_is_never_shown_in_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "pplx-hidden")
    monkeypatch.setenv("RETRIES", "often")
    with pytest.raises(ConfigError) as caught:
        SinkSettings.load([])
    assert "pplx-hidden" not in str(caught.value)
    assert "pplx-hidden" not in repr(SinkSettings.load(["--retries", "1"]))


class Source(BaseModel):
    api_key: SecretStr | None = None


class SettingsWithSource(ServiceSettings):
    perplexity: Source = Source()


@pytest.mark.parametrize("given", ['["pplx-hidden"]', '{"api_key": ["pplx-hidden"]}'])
def test_a_secret_inside_other_settings_is_not_shown_either(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERPLEXITY", given)
    with pytest.raises(ConfigError) as caught:
        SettingsWithSource.load([])
    assert "perplexity" in str(caught.value)
    assert "pplx-hidden" not in str(caught.value)


def test_a_variable_that_is_not_json_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY", "{bad")
    with pytest.raises(ConfigError, match="perplexity"):
        SettingsWithSource.load([])


def test_the_file_of_this_repository_is_valid() -> None:
    settings = SinkSettings.load(["--config-file", "config/kafka_config.yaml"])
    assert settings.kafka_topic_prefix == "cointicker"
