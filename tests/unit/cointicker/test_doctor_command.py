"""`cointicker doctor`: its lines, and how it ends."""

import json

import pytest
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.cli.doctor import write_findings
from cointicker.doctor.finding import failed, not_looked_at, ok, warn

NOWHERE = [
    *("-b", "127.0.0.1:1", "--zookeeper", "127.0.0.1:1", "--hdfs-namenode", "http://127.0.0.1:1"),
    *(
        f"--{name}-url=http://127.0.0.1:1"
        for name in ("collector", "processor", "hdfs-sink", "insights")
    ),
]
NAMES = [
    *("broker", "zookeeper", "topics", "namenode", "sink lag", "refused partitions"),
    *("collector", "processor", "hdfs-sink", "insights", "clocks", "versions"),
]


def test_each_finding_is_a_line_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    write_findings(
        [
            ok("broker", "b:9092 answered"),
            warn("namenode", "9% free", "add a DataNode"),
            failed("collector", "nothing listens there", "start it"),
            not_looked_at("topics", "no broker"),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        "ok      broker     b:9092 answered",
        "warn    namenode   9% free -> add a DataNode",
        "FAILED  collector  nothing listens there -> start it",
        "-       topics     not looked at: no broker",
    ]


def test_with_nothing_there_every_line_is_written_and_the_status_is_1() -> None:
    ended = CliRunner().invoke(app, ["doctor", *NOWHERE, "--json"])
    answer = json.loads(ended.output)
    assert (ended.exit_code, answer["well"]) == (1, False)
    assert [each["name"] for each in answer["findings"]] == NAMES
    found = {each["name"]: each for each in answer["findings"]}
    assert found["topics"]["found"] == "not looked at: no broker"
    assert found["sink lag"]["found"] == "not looked at: no broker"
    assert found["broker"]["found"] == "127.0.0.1:1: nothing listens there"
    assert found["versions"]["outcome"] == "ok"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("collector", "expected http://host:port"),
        ("http://", "expected http://host:port"),
        ("http://localhost:99999", "Port out of range"),
        ("http://localhost:port", "Port could not be cast"),
        ("http://a..b:80", "label empty"),
    ],
)
def test_a_wrong_address_is_wrong_usage(address: str, why: str) -> None:
    ended = CliRunner().invoke(app, ["doctor", "--collector-url", address])
    assert ended.exit_code == 2
    assert ended.output.startswith("cointicker: collector_url: ")
    assert (address in ended.output, why in ended.output) == (True, True)
