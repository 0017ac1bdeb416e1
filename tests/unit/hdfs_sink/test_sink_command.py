"""`cointicker sink`: it is there because hdfs-sink brings it, and refuses what cannot work."""

import pytest
from typer.testing import CliRunner

from cointicker.cli import app

NOWHERE = ["-b", "127.0.0.1:1", "--hdfs-namenode", "http://127.0.0.1:1"]


@pytest.mark.parametrize("arguments", [["list"], ["accept", "cointicker.raw.test", "0", "--yes"]])
def test_without_a_broker_it_says_so_and_ends_with_1(arguments: list[str]) -> None:
    ended = CliRunner().invoke(app, ["sink", *arguments, *NOWHERE])
    assert ended.exit_code == 1
    assert ended.output.startswith("cointicker: cannot reach a broker at 127.0.0.1:1")
    assert "cointicker doctor" in ended.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--hdfs-namenode", "namenode"],
        ["accept", "cointicker.raw.test"],
        ["accept", "cointicker.raw.test", "first"],
        ["accept", "cointicker.raw.test", "-1"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["sink", *arguments]).exit_code == 2
