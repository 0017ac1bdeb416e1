"""Blocks of pages, typed as they stand while the containers run."""

import os
import subprocess

from tests.compose.project import ROOT, Project
from tests.docs.markdown import Block, pages

_SECONDS = 300


def below(heading: str) -> list[Block]:
    """The blocks that docs/operations.md has below a heading, as far as the next."""
    [page] = [page for page in pages() if page.path == "docs/operations.md"]
    start = page.text.index(f"\n## {heading}\n")
    end = page.text.find("\n## ", start + 1)
    first, last = (page.text.count("\n", 0, at) + 1 for at in (start, end))
    found = [block for block in page.blocks() if first < block.line < last]
    assert found, heading
    return found


def type_in(project: Project, block: Block, **settings: str) -> None:
    """Type a block into a shell that a line which fails ends. Raises AssertionError."""
    ended = subprocess.run(
        ("bash", "-eo", "pipefail", "-c", block.text),
        cwd=ROOT,
        env={**os.environ, **project.settings, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert ended.returncode == 0, f"{block}: status {ended.returncode}\n{ended.stdout[-4000:]}"
