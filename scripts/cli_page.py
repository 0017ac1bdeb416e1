"""Writes docs/cli.md from the `cointicker` command itself: `make docs`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from cointicker.cli.command import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
_WIDTH = 100
_BEGINNING = """# The cointicker command

<!-- Written by `make docs` from the command: change its help, not this page. -->

Every command and option, as `--help` tells them. The examples can be typed as they stand while
`make up` runs, with `.venv/bin` on the PATH; in containers `docker compose run --rm cointicker`
takes the place of `cointicker`.
"""
# A reader of topics goes on until Ctrl-C, unless one of these says when it has enough.
_FOLLOWS = re.compile(r"cointicker tail\b(?!.* (?:-e|--exit|-n|--max-messages)\b)")
_ENDS = "<!-- ends: 20 s -->\n"
# Where nothing is wrong there is nothing to accept, and no letter.
_REFUSED = re.compile(r"cointicker (?:sink accept|dead-letter (?:show|replay) \d)")
_STATUS = "<!-- status: 1 -->\n"


def page() -> str:
    """The whole page: the same wherever and however it is made."""
    root = typer.main.get_command(app)
    return _BEGINNING + "".join(_section(*each) for each in _commands(root, "cointicker", None))


def _commands(command: Any, name: str, parent: Any) -> Iterator[tuple[Any, Any]]:
    """A command with its context, and then those below it.

    Typer has no public types for these.
    """
    options = {"terminal_width": _WIDTH, "max_content_width": _WIDTH, "resilient_parsing": True}
    context = command.context_class(command, info_name=name, parent=parent, **options)
    yield command, context
    below = getattr(command, "commands", {})
    for each in sorted(below):
        if not below[each].hidden:
            yield from _commands(below[each], each, context)


def _section(command: Any, context: Any) -> str:
    formatter = context.make_formatter()
    command.format_usage(context, formatter)
    command.format_help_text(context, formatter)
    command.format_options(context, formatter)
    text = "\n".join(line.rstrip() for line in formatter.getvalue().strip().splitlines())
    heading = f"\n## {context.command_path}\n\n```text\n{text}\n```\n"
    return heading + "".join(map(_block, _together(_examples(command.epilog or ""))))


def _examples(epilog: str) -> list[str]:
    """The lines that can be typed: those below the first, as `examples` writes them."""
    _, _, lines = epilog.partition("Examples:\n")
    return [line.removeprefix("  ") for line in lines.splitlines() if line.strip()]


def _together(examples: list[str]) -> Iterator[list[str]]:
    """One block for each that needs a mark, and for those between them."""
    block: list[str] = []
    for each in examples:
        if _mark(each):
            yield from [block] if block else []
            yield [each]
            block = []
        else:
            block.append(each)
    yield from [block] if block else []


def _block(lines: list[str]) -> str:
    return f"\n{_mark(lines[0])}```sh\n" + "\n".join(lines) + "\n```\n"


def _mark(line: str) -> str:
    if _FOLLOWS.search(line):
        return _ENDS
    return _STATUS if _REFUSED.search(line) else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
