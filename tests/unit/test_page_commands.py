"""Every `cointicker …` that a page mentions is a command that there is, with flags that it has."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer.main

from cointicker.cli.command import app
from tests.docs.markdown import Page, pages
from tests.docs.marks import commands

# In containers, and by its path in the checkout, it is the same command.
_NAMES = r"(?:\.venv/bin/)?cointicker|docker compose run --rm(?: -T)? (?:kafka-topics|cointicker)"
_MENTIONED = re.compile(rf"(?:^|[|;&(] *)(?:{_NAMES}) ([^|;&)]+)")


@cache
def root() -> Any:
    """The whole command; Typer has no public type for it."""
    return typer.main.get_command(app)


def mentioned(page: Page) -> Iterator[str]:
    """What is typed after the command's name, in sentences, tables and blocks."""
    shell = (block for block in page.blocks() if block.language == "sh")
    for line in [*page.inline(), *(line for block in shell for line in commands(block))]:
        yield from _MENTIONED.findall(line)


def wrong(line: str) -> str | None:
    """What is not there of a line; None if all is."""
    words = shlex.split(line.replace("…", ""))
    command, flags = root(), {"--help"}
    for index, word in enumerate(words):
        flags |= {flag for option in command.params for flag in option.opts + option.secondary_opts}
        below = getattr(command, "commands", {})
        if word.startswith("-"):
            if word.partition("=")[0] not in flags and not re.match(r"-\d", word):
                return word
        elif below:
            if word not in below:
                return " ".join(words[: index + 1])
            command = below[word]
    return None


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_every_command_and_flag_that_a_page_mentions_exists(page: Page) -> None:
    assert [line for line in mentioned(page) if wrong(line)] == []


@pytest.mark.parametrize(
    "line", ["topics mend", "topics list --jsn", "audits", "topics --file x", "audit --to-earliest"]
)
def test_what_is_not_there_is_found(line: str) -> None:
    assert wrong(line)


@pytest.mark.parametrize(
    "line", ["topics list", "topics create --file=a.yaml", "audit 'a b' --json", "--version"]
)
def test_what_is_there_is_not(line: str) -> None:
    assert wrong(line) is None


def test_a_command_is_found_wherever_it_is_mentioned() -> None:
    text = (
        "`cointicker a` and `.venv/bin/cointicker b`\n"
        "\n```sh\necho | cointicker c -n 1  # d\n"
        "docker compose run --rm cointicker e\ndocker compose run --rm -T kafka-topics f\n```\n"
    )
    assert list(mentioned(Page("page.md", text))) == ["a", "b", "c -n 1", "e", "f"]
