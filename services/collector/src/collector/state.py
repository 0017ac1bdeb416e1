"""What can be said of a source now: whether it works, why not, and since when it did."""

import logging
from typing import Literal, get_args

from collector import metrics

logger = logging.getLogger(__name__)

State = Literal["starting", "ok", "backing_off", "blocked", "paused", "standby", "disabled"]
_IN_TROUBLE = frozenset({"backing_off", "blocked"})


class SourceState:
    """The state of one source; each change is one log line."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.now: State = "starting"
        self.why = ""
        self._show()

    @property
    def is_in_trouble(self) -> bool:
        """Whether the source gives nothing: one that stands in for it is needed."""
        return self.now in _IN_TROUBLE

    def become(self, state: State, why: str = "", detail: str = "") -> None:
        """Note the state: `why` is its reason, `detail` what was seen."""
        if (state, why) == (self.now, self.why):
            return
        level = logging.WARNING if state in (*_IN_TROUBLE, "paused") else logging.INFO
        logger.log(
            level, "%s became %s%s", self._source, state, f": {detail or why}" if why else ""
        )
        self.now, self.why = state, why
        self._show()

    def _show(self) -> None:
        for each in get_args(State):
            metrics.STATE.labels(self._source, each).set(each == self.now)
