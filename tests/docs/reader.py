"""Does what a page says, from top to bottom, as a reader would."""

import re
from collections.abc import Iterable

from tests.docs.markdown import Block, Page
from tests.docs.marks import How, how
from tests.docs.session import INTERRUPTED, Session, TooLate

SECONDS = 90.0


class Wrong(AssertionError):
    """A page says what is not so."""


def follow(page: Page, session: Session) -> None:
    """Type every block that is to be typed. Raises Wrong, with the block and what it printed."""
    printed = ""
    for block in page.blocks():
        found = how(block)
        if found.runner == "typed":
            printed = _type(block, found, session)
        elif block.mark == "shown" and (line := differs(block.text, printed)):
            raise Wrong(f"{block}: this is not printed: {line}\n{printed}")


def differs(shown: str, printed: str) -> str | None:
    """The first line that is shown and was not printed, in this order.

    Any number stands for any other, `…` for anything, and blanks for blanks.
    """
    lines: Iterable[str] = iter(printed.splitlines())
    for line in shown.splitlines():
        pattern = _pattern(line)
        if pattern and not any(pattern.search(each) for each in lines):
            return line
    return None


def _pattern(line: str) -> re.Pattern[str] | None:
    pieces = re.findall(r"\s+|…|\d[\d,.:]*|[^\s…\d]+", line.strip())
    if pieces in ([], ["…"]):
        return None
    return re.compile("".join(map(_piece, pieces)))


def _piece(text: str) -> str:
    if text == "…":
        return ".*"
    if text.isspace():
        return r"\s+"
    return r"\d[\d,.:]*" if text[0].isdigit() else re.escape(text)


def _type(block: Block, found: How, session: Session) -> str:
    lasting = found.ends_after is None and found.status == 0
    try:
        status, printed = session.of(block.language).type(
            block.text, SECONDS, interrupt_after=found.ends_after, lasting=lasting
        )
    except TooLate as late:
        raise Wrong(f"{block}: did not end within {SECONDS:g} s\n{late}") from None
    expected = {found.status} if found.ends_after is None else {0, INTERRUPTED}
    if status not in expected:
        raise Wrong(f"{block}: ended with status {status}\n{printed[-4000:]}")
    if found.ends_after is not None and not printed.strip():
        raise Wrong(f"{block}: printed nothing within {found.ends_after:g} s")
    return printed
