"""Reading the logs of a stack's parts while they are written."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

_POLL_SECONDS = 0.3


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log."""
    with _open(path) as file:
        return [line.rstrip("\n") for line in deque(file, count)]


def follow(paths: Sequence[Path], show: Callable[[str], None]) -> None:
    """Show each line that is added to any of the logs, until interrupted."""
    files = {path.stem: _open(path) for path in paths}
    try:
        for file in files.values():
            file.seek(0, 2)
        while True:
            for name, file in files.items():
                for line in file:
                    show(f"{name}: {line.rstrip()}")
            time.sleep(_POLL_SECONDS)
    finally:
        for file in files.values():
            file.close()


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8", errors="replace")
