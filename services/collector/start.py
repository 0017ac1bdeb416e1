"""Starts the collector in its container: on the simulated sources where they are, else the real.

A compose profile adds the simulator, and cannot change the collector's settings. So compose.yaml
gives both: SIMULATED_X takes the place of X if the simulator's name is known on the network. What
a volume began with it goes on with: simulated records never get among real ones. That no answer
comes does not mean that there is no simulator.
"""

import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_PREFIX = "SIMULATED_"
# With the dot at its end no search domain of the host is tried.
_SIMULATOR = "simulator."
_REMEMBERED = "sources"
_NO_SUCH_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)
_LOOKS, _LOOK_SECONDS = 5, 1.0


def main() -> None:
    """Become the collector; end with 2 if its volume belongs to the other kind of sources.

    Ends with 1, to be started again, where it cannot tell which sources it should have.
    """
    remembered = Path(os.environ["SPOOL_DIRECTORY"]) / _REMEMBERED
    # Empty: it was ended while it wrote.
    before = remembered.read_text(encoding="utf-8") if remembered.exists() else ""
    kind = choice(before, _is_known(_SIMULATOR))
    if kind is None:
        sys.stderr.write("collector: no answer whether there is a simulator: look at the DNS\n")
        sys.exit(1)
    if before not in ("", kind):
        sys.stderr.write(f"collector: {refusal(before)}\n")
        sys.exit(2)
    remembered.write_text(kind, encoding="utf-8")
    sys.stderr.write(f"collector: {kind} sources\n")
    os.execvpe("collector", ["collector", *sys.argv[1:]], settings(os.environ, kind))


def choice(before: str, known: bool | None) -> str | None:
    """Which sources, by what the volume has and whether there is a simulator; None: cannot tell."""
    if known is None:
        return before or None
    return "simulated" if known else "live"


def settings(environment: Mapping[str, str], kind: str) -> dict[str, str]:
    """The collector's environment for this kind of sources."""
    given = {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}
    if kind == "simulated":
        for name, value in environment.items():
            if name.startswith(_PREFIX):
                given[name.removeprefix(_PREFIX)] = value
    return given


def refusal(before: str) -> str:
    """Why it does not start on a volume that began with the other kind."""
    again = (
        "docker compose --profile simulator up" if before == "simulated" else "docker compose up"
    )
    return (
        f"the data is of {before} sources, and those do not mix: go on with `{again}`, or give up "
        "the data with `docker compose --profile simulator down --volumes`"
    )


def _is_known(name: str) -> bool | None:
    """Whether there is such a name; None if no answer to that comes for some seconds."""
    for _ in range(_LOOKS):
        try:
            socket.getaddrinfo(name, None)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                return False
        else:
            return True
        time.sleep(_LOOK_SECONDS)
    return None


if __name__ == "__main__":
    main()
