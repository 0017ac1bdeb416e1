"""One running process of a stack: leashed to its runner, in a group of its own, with a log."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from local.logs import last_lines
from local.parts import Part

_LEASH = Path(__file__).with_name("leash.py")


class Child:
    """A started part. Call from one thread that lives as long as the stack.

    Linux ends a leashed process with the *thread* that started it.
    """

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        command = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *part.command]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **part.environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The id of the process, which is that of its group too."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """The exit status, negative for a signal; None while the process lives."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, if it is still there."""
        if self._process.poll() is None:
            os.killpg(self.pid, number)

    def pause(self) -> None:
        """Stop the process where it is; it stands still when this returns."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def terminate(self) -> None:
        """Ask for an orderly end, also of a process that is paused."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; a process that does not come to it is killed, and False returned."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self._process.wait()
            return False
        return True

    def last_lines(self, count: int = 15) -> str:
        """The end of the log."""
        return "\n".join(last_lines(self.log, count))
