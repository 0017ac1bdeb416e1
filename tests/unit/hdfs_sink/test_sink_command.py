"""`cointicker sink`: it is there because hdfs-sink brings it, and refuses what cannot work."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cointicker.cli.command import app
from cointicker.errors import ConfigError
from hdfs_sink.operator import Refusal, check_still_so

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


SHOWN = Refusal("t", 0, "log_ends_before_chain", "the log ends at 5")


def test_what_was_shown_is_still_so_if_only_its_details_are_others() -> None:
    check_still_so(SHOWN, Refusal("t", 0, "log_ends_before_chain", "the log ends at 7"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "t-0 is not refused any more: nothing was set aside"),
        (Refusal("t", 0, "file_missing", "f"), "t-0 is refused, file_missing: f: nothing was set"),
    ],
)
def test_what_changed_while_the_operator_was_asked_is_not_accepted(
    found: Refusal | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        check_still_so(SHOWN, found)


def test_its_module_can_be_the_first_that_is_imported() -> None:
    subprocess.run([sys.executable, "-c", "import hdfs_sink.commands"], check=True)
