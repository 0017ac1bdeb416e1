"""`make demo` as a newcomer runs it, and that its proof can fail."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cointicker.audit import AuditResult, PartitionResult
from demo import SOURCES, problems

ROOT = Path(__file__).parents[2]
TOPIC = "cointicker.raw.coinness"
CLEAN = PartitionResult(
    topic=TOPIC,
    partition=0,
    files=1,
    records=5,
    bytes=100,
    first=0,
    end=4,
    committed=5,
    waiting=0,
    compared=5,
    missing=0,
    double=0,
    unknown=0,
    altered=0,
    missing_ranges=[],
    gaps=[],
    problems=[],
    problem_count=0,
)


def test_the_demo_shows_all_five_sources_in_hdfs_and_proves_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "scripts/demo.py", str(tmp_path / "stack")],
        cwd=ROOT,
        env={**os.environ, "DEMO_SECONDS": "20"},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for source in SOURCES:
        row = re.search(rf"{source} +([\d,]+) +([\d,]+) +\d+ +[\d,]+ +0 +0", ended.stdout)
        assert row is not None, ended.stdout
        assert row[1] == row[2] != "0"
    sums = re.search(
        r"([\d,]+) raw records: ([\d,]+) processed, ([\d,]+) repeated, 0 dead letters", ended.stdout
    )
    assert sums is not None, ended.stdout
    raw, processed, repeated = (int(each.replace(",", "")) for each in sums.groups())
    assert raw == processed + repeated > 0
    assert "nothing lost, nothing double" in ended.stdout


def test_a_demo_of_no_length_is_refused_in_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "scripts/demo.py", str(tmp_path / "stack")],
        cwd=ROOT,
        env={**os.environ, "DEMO_SECONDS": "a minute"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == "demo: DEMO_SECONDS: must be 1 to 86400 (got 'a minute')\n"


def test_a_clean_audit_has_no_problem() -> None:
    assert list(problems(AuditResult([CLEAN], []), [TOPIC])) == []


@pytest.mark.parametrize(
    "found",
    [
        replace(CLEAN, missing=1),
        replace(CLEAN, double=1),
        replace(CLEAN, unknown=1),
        replace(CLEAN, altered=1),
        replace(CLEAN, waiting=1),
        replace(CLEAN, problems=["a file without its attribute"], problem_count=1),
        replace(CLEAN, records=0),
    ],
)
def test_whatever_is_wrong_is_a_problem(found: PartitionResult) -> None:
    assert list(problems(AuditResult([found], []), [TOPIC]))


def test_a_file_that_is_none_of_ours_is_a_problem() -> None:
    assert list(problems(AuditResult([CLEAN], ["/cointicker/raw/x"]), [TOPIC]))
