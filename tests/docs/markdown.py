"""The pages of the repository, as far as tests read them: fenced blocks, headings, inline code."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^( *)(`{3,})([\w-]*)[^`\n]*\n(.*?)^ *\2`*[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"^ *<!-- *([^\n]*?) *-->\s*\Z", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
# The languages of what is typed, and of what has to be readable.
TYPED = ("sh", "python")
READ = ("json", "yaml", "toml")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: where it is, its language, its text, and the mark in the line above it."""

    page: str
    line: int
    language: str
    text: str
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_code(self) -> bool:
        """Whether it is something to type or to read in, not an output or a drawing."""
        return self.language in (*TYPED, *READ)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, by its path from the root of the checkout."""

    path: str
    text: str

    def blocks(self) -> Iterator[Block]:
        """Its fenced blocks, from top to bottom."""
        for found in _FENCE.finditer(self.text):
            indent, _, language, text = found.groups()
            line = self.text.count("\n", 0, found.start()) + 1
            mark = _MARK.search(self.text, 0, found.start())
            lines = (each.removeprefix(indent) for each in text.splitlines(keepends=True))
            yield Block(self.path, line, language, "".join(lines), mark[1] if mark else "")

    def inline(self) -> Iterator[str]:
        """What is written as code within its sentences and tables, on one line each."""
        for found in _INLINE.finditer(self._prose):
            yield " ".join(found[1].split())

    def links(self) -> Iterator[str]:
        """Where its links lead."""
        for found in _LINK.finditer(_INLINE.sub("", self._prose)):
            yield found[1]

    def anchors(self) -> set[str]:
        """What a link can end with: its headings, as they are made into anchors."""
        anchors: set[str] = set()
        for found in _HEADING.finditer(self._prose):
            text = re.sub(r"\]\([^)]*\)|[^\w\- ]", "", found[1]).lower().replace(" ", "-")
            anchors.add(text if text not in anchors else f"{text}-1")
        return anchors

    @property
    def _prose(self) -> str:
        return _FENCE.sub("\n", self.text)


@cache
def pages() -> tuple[Page, ...]:
    """Every page that git knows of, as it is in the working tree."""
    return tuple(
        Page(path, (ROOT / path).read_text(encoding="utf-8"))
        for path in tracked("*.md")
        if (ROOT / path).exists()
    )


def tracked(*patterns: str) -> list[str]:
    """The files of this checkout that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*command, *patterns], cwd=ROOT, capture_output=True, check=True)
    return sorted(set(listed.stdout.decode().split("\0")) - {""})
