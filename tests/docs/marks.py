"""Who runs a block: what its language says, and the mark above it where that is not enough."""

import re
from dataclasses import dataclass
from typing import Literal

from tests.docs.markdown import READ, ROOT, TYPED, Block, Page, pages

Runner = Literal["typed", "read", "compose", "ci", "test", "translated", "nobody", "wrong"]
PLAIN = ("text", "")

_ENDS = re.compile(r"ends: (\d+) s\Z")
_STATUS = re.compile(r"status: (\d+)\Z")
_RUN = re.compile(r"run: (compose|ci|tests/[\w/]+\.py)\Z")
_NOT_RUN = re.compile(r"not run: (\S.+)\Z")
_TRANSLATED = re.compile(r"\.[a-z]{2}\.md\Z")


@dataclass(frozen=True, slots=True)
class How:
    """Who runs a block, and what is expected of it.

    Of one that nobody runs `reason` says why; of one that is marked wrongly, what is wrong.
    """

    runner: Runner
    ends_after: float | None = None
    status: int = 0
    test: str = ""
    reason: str = ""


def how(block: Block) -> How:
    """How a block is run."""
    if block.language not in (*TYPED, *READ, *PLAIN):
        known = ", ".join((*TYPED, *READ, "text"))
        return How("wrong", reason=f"{block.language!r} is none of {known}")
    if block.language in PLAIN:
        if block.mark not in ("", "shown"):
            return How("wrong", reason=f"{block.mark!r}, but it is nothing to run")
        return How("nobody")
    if _is_translation(block):
        return How("translated")
    return _marked(block) if block.mark else How("typed" if block.language in TYPED else "read")


def run_by(runner: Runner, page: Page) -> list[Block]:
    """The blocks of a page that one runner runs, from top to bottom."""
    return [block for block in page.blocks() if block.is_code and how(block).runner == runner]


def commands(block: Block) -> list[str]:
    """The lines of a block without what is said to the reader only."""
    lines = (re.sub(r"(^|\s+)#.*$", "", line).rstrip() for line in block.text.splitlines())
    return [line for line in lines if line]


def _marked(block: Block) -> How:
    mark = block.mark
    if found := _NOT_RUN.match(mark):
        return How("nobody", reason=found[1])
    if found := _RUN.match(mark):
        if found[1] == "compose":
            return How("compose")
        return How("ci") if found[1] == "ci" else How("test", test=found[1])
    if block.language in TYPED and (found := _ENDS.match(mark)):
        return How("typed", ends_after=float(found[1]))
    if block.language == "sh" and (found := _STATUS.match(mark)):
        return How("typed", status=int(found[1]))
    return How("wrong", reason=f"{mark!r} is none of the marks that CONTRIBUTING.md lists")


def _is_translation(block: Block) -> bool:
    """Whether the page that this one translates has the same block, comments aside."""
    if not _TRANSLATED.search(block.page):
        return False
    original = _TRANSLATED.sub(".md", block.page)
    return any(
        commands(each) == commands(block)
        for page in pages()
        if page.path == original and (ROOT / original).exists()
        for each in page.blocks()
        if each.language == block.language
    )
