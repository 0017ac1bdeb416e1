"""What one page is typed into, from top to bottom: a shell and a Python, each with a deadline."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

INTERRUPTED = 128 + signal.SIGINT

# A block is read into the same shell, so that its folder and its variables last, and any failure
# ends it. One whose end is not 0 is read into a shell of its own.
_SHELL = r"""
set -eEo pipefail
trap : INT
while read -r _how _file; do
  if [[ $_how = lasting ]]; then
    trap 'echo "status $? of: $BASH_COMMAND" >&2' ERR
    source "$_file" </dev/null
    echo 0 >"$1"
  else
    trap - ERR
    set +e
    (set -e; source "$_file" </dev/null)
    echo "$?" >"$1"
    set -e
  fi
done
"""
# Its names are those of the page too, as in a notebook.
_PYTHON = r"""
import sys
import time
for _line in sys.stdin:
    _how, _file = _line.split()
    _status = 0
    try:
        with open(_file) as _block:
            exec(compile(_block.read(), _file, "exec"), globals())
    except KeyboardInterrupt:
        _status = 130
    sys.stdout.flush()
    with open(sys.argv[1], "w") as _report:
        _report.write(f"{_status}\n")
"""
_LANGUAGES = {"sh": ("bash", "-c", _SHELL, "page"), "python": (sys.executable, "-c", _PYTHON)}
_GRACE_SECONDS = 20.0
# What follows has shown that it works once something has come, and had a moment for more.
_LOOK_SECONDS = 0.2
_MORE_SECONDS = 2.0


class TooLate(Exception):
    """A block did not end in time; what it printed until then is in the text."""


class Interpreter:
    """A shell or a Python that reads one block after the other."""

    def __init__(
        self, language: str, folder: Path, environment: Mapping[str, str], scratch: Path
    ) -> None:
        self._scratch = scratch / language
        self._scratch.mkdir()
        self._language = language
        self._blocks = 0
        report = self._scratch / "status"
        os.mkfifo(report)
        self._report = os.open(report, os.O_RDWR)
        self._printed = (self._scratch / "printed").open("w+b")
        # Whoever starts the tests in the background has Ctrl-C ignored; a reader has not.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._process = subprocess.Popen(
            [*_LANGUAGES[language], str(report)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        signal.signal(signal.SIGINT, before)
        self._ended = os.pidfd_open(self._process.pid)

    def type(
        self, text: str, seconds: float, *, interrupt_after: float | None = None, lasting: bool
    ) -> tuple[int, str]:
        """The status of a block, and what it printed. Raises TooLate."""
        self._blocks += 1
        block = self._scratch / f"block-{self._blocks}"
        block.write_text(text, encoding="utf-8")
        start = os.fstat(self._printed.fileno()).st_size
        assert self._process.stdin is not None
        how = "lasting" if lasting else "alone"
        self._process.stdin.write(f"{how} {block}\n".encode())
        self._process.stdin.flush()
        if interrupt_after is None:
            status = self._status(seconds)
        else:
            status = self._followed(start, interrupt_after)
        printed = os.pread(self._printed.fileno(), 1 << 24, start).decode(errors="replace")
        if status is None:
            raise TooLate(printed)
        return status, printed

    def close(self) -> None:
        """End it, and whatever was left running in it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._printed.close()
        os.close(self._report)
        os.close(self._ended)

    def _followed(self, start: int, seconds: float) -> int | None:
        """What a block ended with that gets Ctrl-C once it has printed, or after so long."""
        deadline = time.monotonic() + seconds
        status = None
        while status is None and time.monotonic() < deadline:
            status = self._status(_LOOK_SECONDS)
            if os.fstat(self._printed.fileno()).st_size > start:
                deadline = min(deadline, time.monotonic() + _MORE_SECONDS)
                start = sys.maxsize
        if status is None:
            os.killpg(self._process.pid, signal.SIGINT)
            status = self._status(_GRACE_SECONDS)
        return status

    def _status(self, seconds: float) -> int | None:
        """What the block ended with, be it that it ended the interpreter; None if not in time."""
        readable, _, _ = select.select([self._report, self._ended], [], [], seconds)
        if self._report in readable:
            return int(os.read(self._report, 16))
        return self._process.wait() if readable else None


class Session:
    """The interpreters of one page, each started when the page first needs it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], scratch: Path) -> None:
        self._folder = folder
        self._environment = environment
        self._scratch = scratch
        self._interpreters: dict[str, Interpreter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._interpreters.values():
            each.close()

    def of(self, language: str) -> Interpreter:
        """The interpreter of a language."""
        if language not in self._interpreters:
            self._interpreters[language] = Interpreter(
                language, self._folder, self._environment, self._scratch
            )
        return self._interpreters[language]
