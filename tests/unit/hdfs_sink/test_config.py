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
