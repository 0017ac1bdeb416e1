"""Starts the collector in its container: on the simulated sources where they are, else the real.

A compose profile adds the simulator, and cannot change the collector's settings. So compose.yaml
gives both: SIMULATED_X takes the place of X if the simulator's name is known on the network. What
a volume began with it goes on with: simulated records never get among real ones.
"""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_PREFIX = "SIMULATED_"
# With the dot at its end no search domain of the host is tried.
_SIMULATOR = "simulator."
_REMEMBERED = "sources"


def main() -> None:
    """Become the collector; end with 2 if its volume belongs to the other kind of sources."""
    kind = "simulated" if _is_known(_SIMULATOR) else "live"
    remembered = Path(os.environ["SPOOL_DIRECTORY"]) / _REMEMBERED
    # Empty: it was ended while it wrote.
    before = (remembered.read_text(encoding="utf-8") if remembered.exists() else "") or kind
    if before != kind:
        sys.stderr.write(f"collector: {refusal(before)}\n")
        sys.exit(2)
    remembered.write_text(kind, encoding="utf-8")
    sys.stderr.write(f"collector: {kind} sources\n")
    os.execvpe("collector", ["collector", *sys.argv[1:]], settings(os.environ, kind))


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


def _is_known(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except socket.gaierror:
        return False
    return True


if __name__ == "__main__":
    main()
