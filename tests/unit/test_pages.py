"""Every block of every page is run by somebody, and what pages mention is there."""

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import READ, ROOT, Block, Page, pages
from tests.docs.marks import commands, how, run_by
from tests.docs.readable import read_json

CODE = [block for page in pages() for block in page.blocks() if block.is_code]
NOT_RUN = ROOT / "tests" / "docs" / "not-run.txt"
FEW = 20
# Where CI runs what a page says, itself or what its target runs.
BY_CI = {
    "make check-host": "Makefile: ^test-compose: .* check-host",
    "make demo": "tests/e2e/test_demo.py: scripts/demo.py",
    "make lint": ".ci/run: make lint",
    "make offline-images": ".ci/run: make offline-images",
    "make images": ".ci/run: make offline-images images",
    "make setup": "Makefile: ^test: \\$\\(READY\\)",
    "make test": ".ci/run: for target in test test-compose",
    "make test-compose": ".ci/run: for target in test test-compose",
    "make test-rules": "pyproject.toml: ^testpaths = .*tests/unit",
    "make test-unit": "pyproject.toml: ^testpaths = .*tests/unit",
}
# What a reader types begins with one of these.
TYPED_WORDS = r"(?:\$ )?(?:cd|cointicker|curl|docker|export|git|kcat|make|pip|\.venv/bin/\S+) \S"
READERS: dict[str, Callable[[str], Any]] = {
    "json": read_json,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_somebody_runs_every_block(page: Page) -> None:
    for block in page.blocks():
        found = how(block)
        assert found.runner != "wrong", f"{block}: {found.reason}"
        assert (found.runner == "nobody") == bool(found.reason or not block.is_code), block


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_what_is_typed_is_marked_as_such(page: Page) -> None:
    for block in page.blocks():
        if block.language == "":
            assert not re.match(TYPED_WORDS, block.text), f"{block}: its language is sh"


def test_what_is_to_be_read_has_a_reader() -> None:
    assert set(READERS) == set(READ)


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_what_is_to_be_read_can_be_read(page: Page) -> None:
    for block in run_by("read", page):
        READERS[block.language](block.text)


def test_a_page_that_a_test_reads_is_named_there() -> None:
    for block in CODE:
        if test := how(block).test:
            assert Path(block.page).name in (ROOT / test).read_text(), f"{block}: {test}"


def test_what_ci_runs_is_run_there() -> None:
    for page in pages():
        for block in run_by("ci", page):
            for command in commands(block):
                assert command in BY_CI, f"{block}: {command}"


@pytest.mark.parametrize("command", BY_CI)
def test_ci_runs_it(command: str) -> None:
    file, _, what = BY_CI[command].partition(": ")
    assert re.search(what, (ROOT / file).read_text(), re.MULTILINE)


def test_what_nobody_runs_is_little_and_listed() -> None:
    found = [
        f"{block.page}: {command}"
        for block in CODE
        if how(block).runner == "nobody"
        for command in commands(block)
    ]
    assert sorted(found) == sorted(NOT_RUN.read_text().splitlines())
    assert len(found) <= FEW


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_every_link_leads_somewhere(page: Page) -> None:
    known = {each.path: each.anchors() for each in pages()}
    for link in page.links():
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page.path).parent / path if path else ROOT / page.path
        assert target.exists(), f"{page.path}: {link}"
        if anchor:
            there = str(target.resolve().relative_to(ROOT))
            assert anchor in known[there], f"{page.path}: {link}"


def test_every_target_of_make_that_a_page_mentions_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in pages():
        mentioned = [*page.inline(), *_lines(page)]
        for line in mentioned:
            found = re.match(r"(?:[A-Z_]+=\S+ )*make((?: [a-z][a-z-]*)+)", line)
            for target in found[1].split() if found else ():
                assert target in targets, f"{page.path}: {line}"


def test_the_copy_of_a_page_has_all_that_git_has() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.split()) <= {page.path for page in pages()}


def _lines(page: Page) -> list[str]:
    shell: list[Block] = [block for block in page.blocks() if block.language == "sh"]
    return [line for block in shell for line in commands(block)]
