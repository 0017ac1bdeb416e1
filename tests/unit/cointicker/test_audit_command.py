"""What `cointicker audit` writes, and what it refuses."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cointicker.audit import AuditResult, PartitionResult
from cointicker.cli.audit import write_result
from cointicker.cli.command import app

CLEAN = PartitionResult(
    topic="cointicker.raw.upbit_trends",
    partition=5,
    files=12,
    records=1_234_567,
    bytes=98_765_432,
    first=0,
    end=1_234_566,
    committed=1_234_567,
    waiting=17,
    compared=1_000_000,
    missing=0,
    double=0,
    unknown=0,
    altered=0,
    missing_ranges=[],
    gaps=[],
    problems=[],
    problem_count=0,
)
DAMAGED = replace(
    CLEAN,
    missing=3,
    missing_ranges=[(4, 5), (9, 9)],
    unknown=1,
    altered=2,
    gaps=[(100, 200)],
    problems=["/a/file: holds no record"],
    problem_count=8,
)


def test_without_a_terminal_each_partition_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_result(AuditResult([CLEAN], []), width=None)
    assert capsys.readouterr().out.splitlines() == [
        "cointicker.raw.upbit_trends-5 files=12 records=1234567 bytes=98765432 "
        "offsets=0..1234566 waiting=17 missing=0 double=0 wrong=0 gaps=0",
        "clean: 1234567 records in HDFS, 1000000 of Kafka's compared with them",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_the_terminal(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    write_result(AuditResult([CLEAN, replace(CLEAN, files=0, first=None, end=None)], []), width)
    *table, _ = capsys.readouterr().out.splitlines()
    assert all(len(each) <= width for each in table)
    assert len(table) == 3
    assert all(each.startswith(CLEAN.name) for each in table[1:])


def test_every_finding_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write_result(AuditResult([DAMAGED], ["/a/notes.txt"]), width=None)
    name = "cointicker.raw.upbit_trends-5"
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"{name}: recorded gap between offsets 100 and 200",
        f"{name}: missing 4..5",
        f"{name}: missing 9..9",
        f"{name}: 1 records that Kafka does not have",
        f"{name}: 2 records that differ from Kafka's",
        "/a/file: holds no record",
        f"{name}: … and 7 more",
        "/a/notes.txt: none of our files",
        "NOT clean: 1234567 records in HDFS, 1000000 of Kafka's compared with them",
    ]


def test_a_wrong_address_is_refused_before_anything_is_asked() -> None:
    result = CliRunner().invoke(app, ["audit", "--hdfs-namenode", "namenode"])
    assert result.exit_code == 2
    assert "hdfs_namenode: " in result.output
