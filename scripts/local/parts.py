"""What a stack is made of: a part is one process, and how to know that it is ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Probe = Callable[[], str | None]
"""None when what it looks at is as it should be, else what is missing, in a few words."""


def no_wait() -> None:
    """The probe of what is always as it should be."""
    return


@dataclass(frozen=True, slots=True)
class Part:
    """One process of a stack.

    `may_start` is waited for before the process is started, `ready` afterwards. `environment` is
    added to that of the runner. The output goes to `logs/<name>.log` in the stack's directory.
    """

    name: str
    command: Sequence[str]
    ready: Probe = no_wait
    may_start: Probe = no_wait
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    ready_seconds: float = 60.0
    stop_seconds: float = 15.0
