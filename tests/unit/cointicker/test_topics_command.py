"""`cointicker topics`: what is meant, and what is not as declared."""

from pathlib import Path

from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.kafka.admin import Replicas
from cointicker.kafka.records import Partition
from cointicker.kafka.topic_details import (
    PartitionDetails,
    TopicDetails,
    differences,
    under_replicated,
)
from cointicker.topics import Topic

DECLARED = Topic("p.gaps", 2, {"retention.ms": "1000"})


def test_a_topic_as_declared_has_no_differences() -> None:
    config = {"retention.ms": "1000", "min.insync.replicas": "2"}
    assert differences(DECLARED, 2, config) == []


def test_every_difference_from_what_is_declared_is_told() -> None:
    assert differences(DECLARED, 3, {"segment.ms": "5"}) == [
        "declared with 2 partitions, the broker has 3",
        "declared with retention.ms=1000, the broker has its default",
        "segment.ms=5 is set on the broker and not declared",
    ]


def test_a_partition_with_a_replica_behind_or_no_leader_is_not_in_sync() -> None:
    kept = [Replicas(1, [1, 2], [1, 2]), Replicas(1, [1, 2], [1]), Replicas(None, [1], [1])]
    details = [PartitionDetails(number, each, None) for number, each in enumerate(kept)]
    assert under_replicated(TopicDetails("t", details, {})) == [
        Partition("t", 1),
        Partition("t", 2),
    ]


def test_create_refuses_a_name_that_is_not_declared_before_it_asks_a_broker() -> None:
    result = CliRunner().invoke(app, ["topics", "create", "cointicker.raw.tset"])
    assert result.exit_code == 1
    assert (
        "kafka/topics.yaml: no such topic: cointicker.raw.tset; near it: cointicker.raw.test"
        in (result.output)
    )


def test_a_list_of_topics_that_is_named_must_be_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.yaml")
    result = CliRunner().invoke(app, ["topics", "describe", "x", "--file", missing])
    assert result.exit_code == 1
    assert "cannot read" in result.output


def test_describe_needs_a_name() -> None:
    assert CliRunner().invoke(app, ["topics", "describe"]).exit_code == 2
