"""docs/cli.md is what the command says of itself."""

import os
import subprocess
import sys

import pytest

from cli_page import PAGE, page
from tests.docs.markdown import ROOT

SETTINGS = {
    "KAFKA_BOOTSTRAP_SERVERS": "elsewhere:9092",
    "HDFS_ROOT": "/another",
    "FORCE_COLOR": "1",
    "LANG": "C",
}


def test_the_page_is_as_the_command_is() -> None:
    assert page() == PAGE.read_text(), "make docs writes it anew"


@pytest.mark.timeout(60)
def test_the_page_depends_on_no_terminal_and_no_setting() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import sys, cli_page; sys.stdout.write(cli_page.page())"],
        cwd=ROOT / "scripts",
        env={**os.environ, **SETTINGS, "COLUMNS": "40"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert made.stdout == page()
