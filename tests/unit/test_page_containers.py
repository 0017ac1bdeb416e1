"""Every `docker compose …` that a page mentions names services, profiles and files that exist."""

import re
import shlex
from collections.abc import Iterator

import pytest
import yaml

from tests.docs.markdown import ROOT, Page, pages
from tests.docs.marks import commands

FILES = ("compose.yaml", "compose.cluster.yaml")
SUBCOMMANDS = {"build", "create", "down", "exec", "logs", "ps", "restart", "run", "stop", "up"}
WITH_VALUE = {"--file", "--profile", "--scale", "--since", "--tail", "-f"}
DECLARED = [yaml.safe_load((ROOT / file).read_text())["services"] for file in FILES]
SERVICES = {name for declared in DECLARED for name in declared}
PROFILES = {
    profile
    for declared in DECLARED
    for service in declared.values()
    for profile in service.get("profiles", [])
}


def mentioned(page: Page) -> Iterator[str]:
    """What is typed after `docker compose`, in sentences, tables and blocks."""
    shell = (block for block in page.blocks() if block.language == "sh")
    for line in [*page.inline(), *(line for block in shell for line in commands(block))]:
        yield from re.findall(r"(?:^|[|;(=] *|\w=\S+ )docker compose ([^|;&)…]+)", line)


def unknown(line: str) -> Iterator[str]:
    """Its words that name nothing; what is in capitals stands for something."""
    words = iter(shlex.split(line))
    subcommand = ""
    for word in words:
        value = next(words, "") if word in WITH_VALUE else ""
        if value and not _is_known(word, value):
            yield value
        if word.startswith("-") or word.isupper():
            continue
        if subcommand in ("run", "exec"):
            yield from () if word in SERVICES else (word,)
            return
        if word not in (SERVICES if subcommand else SUBCOMMANDS):
            yield word
        subcommand = subcommand or word


def _is_known(option: str, value: str) -> bool:
    if option == "--profile":
        return value in {*PROFILES, "*"}
    if option == "--scale":
        return value.partition("=")[0] in SERVICES
    return option not in ("--file", "-f") or value in FILES


@pytest.mark.parametrize("page", pages(), ids=[page.path for page in pages()])
def test_what_a_page_says_of_containers_exists(page: Page) -> None:
    assert {line: found for line in mentioned(page) if (found := [*unknown(line)])} == {}


def test_what_does_not_exist_is_found() -> None:
    wrong = "--profile none -f x.yaml start --tail 50 kafka broker"
    assert list(unknown(wrong)) == ["none", "x.yaml", "start", "broker"]
