"""A page in Korean shows what the English one shows: the same blocks, headings and links."""

import re

import pytest

from tests.docs.markdown import ROOT, Page
from tests.docs.marks import commands

TRANSLATED = {"README.md": "README.ko.md", "docs/guide.md": "docs/guide.ko.md"}
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_HANGUL = re.compile(r"[가-힣]")


def read(path: str) -> Page:
    return Page(path, (ROOT / path).read_text(encoding="utf-8"))


def levels(page: Page) -> list[str]:
    return _HEADING.findall(_FENCED.sub("", page.text))


def targets(page: Page) -> list[str]:
    """Where its links lead, whichever language is there, in no order: sentences have their own."""
    paths = (link.partition("#")[0].replace(".ko.md", ".md") for link in page.links())
    return sorted(path for path in paths if not path.endswith(tuple(TRANSLATED)))


@pytest.mark.parametrize(("english", "korean"), TRANSLATED.items())
def test_the_blocks_are_the_same(english: str, korean: str) -> None:
    def shown(path: str) -> list[tuple[str, list[str]]]:
        return [(block.language, commands(block)) for block in read(path).blocks()]

    assert shown(korean) == shown(english)


@pytest.mark.parametrize(("english", "korean"), TRANSLATED.items())
def test_the_headings_correspond(english: str, korean: str) -> None:
    assert levels(read(korean)) == levels(read(english))


@pytest.mark.parametrize(("english", "korean"), TRANSLATED.items())
def test_the_links_lead_to_the_same_places(english: str, korean: str) -> None:
    assert targets(read(korean)) == targets(read(english))


@pytest.mark.parametrize(("english", "korean"), TRANSLATED.items())
def test_each_page_links_the_other(english: str, korean: str) -> None:
    here, there = english.rpartition("/")[2], korean.rpartition("/")[2]
    assert there in read(english).links()
    assert here in read(korean).links()


@pytest.mark.parametrize("korean", TRANSLATED.values())
def test_every_paragraph_is_translated(korean: str) -> None:
    prose = _FENCED.sub("", read(korean).text)
    for paragraph in re.split(r"\n\s*\n", prose):
        words = re.findall(
            r"[A-Za-z]{2,}", re.sub(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", "", paragraph)
        )
        assert _HANGUL.search(paragraph) or len(words) < 8, paragraph
