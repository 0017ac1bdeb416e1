"""Run a command that dies with the process that started it, even with one that was killed.

Started by its path, on the bare interpreter: `python -I -S leash.py PARENT_PID COMMAND ...`.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the command, unless the parent is gone already."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the runner of this command has ended")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
