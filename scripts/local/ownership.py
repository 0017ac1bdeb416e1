"""Who owns a stack's directory: one live process, known by a lock that dies with it."""

import fcntl
import os
from pathlib import Path

from local.errors import StackError


class Ownership:
    """The right to run a stack in a directory, until `release` or the end of the process."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = _path(directory).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise StackError(
                f"a stack is running in {directory} already (process {owner(directory)}): "
                "stop it first, with make down"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let another process run a stack there."""
        self._file.close()


def owner(directory: Path) -> int | None:
    """The process that runs a stack in `directory`, None if there is none."""
    try:
        with _path(directory).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int(_path(directory).read_text() or 0) or None
    return None


def _path(directory: Path) -> Path:
    return directory / "runner.pid"
