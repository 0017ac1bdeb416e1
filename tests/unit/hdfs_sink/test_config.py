"""The sink's settings as operators give them."""

import pytest

from cointicker.errors import ConfigError
from hdfs_sink.config import SinkSettings


def test_the_four_flags() -> None:
    settings = SinkSettings.load(
        [
            "--bootstrap-servers",
            "a:1",
            "b:2",
            "--topics",
            "cointicker.raw.*",
            "x",
            "--group-id",
            "g",
            "--hdfs-namenode",
            "hdfs://nn:9000",
        ]
    )
    assert settings.kafka_bootstrap_servers == ["a:1", "b:2"]
    assert settings.kafka_topics == ["cointicker.raw.*", "x"]
    assert settings.consumer().group == "g"
    assert settings.namenodes() == ["http://nn:9870"]


def test_the_topics_follow_the_prefix() -> None:
    settings = SinkSettings.load(["--topic-prefix", "p"])
    assert settings.kafka_topics == ["p.raw.*"]


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        SinkSettings.load(["--hdfs-namenode", "nn", "--rotate-bytes", "0"])
    assert [each.split(":")[0] for each in error.value.problems] == [
        "hdfs_namenode",
        "rotate_bytes",
    ]


def test_a_file_must_fit_into_the_memory() -> None:
    with pytest.raises(ConfigError, match="rotate_bytes"):
        SinkSettings.load(["--rotate-bytes", "3000000", "--buffer-bytes", "2000000"])


def test_the_command_line_of_the_guide() -> None:
    line = (
        "--bootstrap-servers localhost:9092 --topics cointicker.raw.* "
        "--group-id cointicker-consumer --hdfs-namenode hdfs://localhost:9000"
    )
    settings = SinkSettings.load(line.split())
    assert settings.consumer().servers == ["localhost:9092"]
    assert settings.consumer().topics == ["cointicker.raw.*"]
    assert settings.consumer().group == "cointicker-consumer"
    assert settings.namenodes() == ["http://localhost:9870"]


@pytest.mark.parametrize(
    "line",
    [
        "--bootstrap-servers a:1,b:2 --topics x y.*",
        "--bootstrap-servers a:1 b:2 --topics x,y.*",
        "--bootstrap-servers=a:1,b:2 --topics=x,y.*",
    ],
)
def test_servers_and_topics_are_parted_by_commas_or_spaces(line: str) -> None:
    settings = SinkSettings.load(line.split())
    assert settings.kafka_bootstrap_servers == ["a:1", "b:2"]
    assert settings.kafka_topics == ["x", "y.*"]


def test_a_flag_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_GROUP_ID", "from-environment")
    assert SinkSettings.load([]).kafka_group_id == "from-environment"
    assert SinkSettings.load(["--group-id", "from-flag"]).kafka_group_id == "from-flag"


def test_a_wrong_flag_is_named_and_ends_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        SinkSettings.load(["--topic", "x"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --topic x" in capsys.readouterr().err
