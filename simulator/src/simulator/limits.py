"""Upbit's rate limit: a count for each second and group; those who keep on are shut out."""

from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus

ORIGIN_SECONDS = 10.0
# Refusals within one block of time before the address is shut out, and for how long at first.
_REFUSALS_TO_BLOCK = 5
_REFUSALS_SECONDS = 10.0
_FIRST_BLOCK_SECONDS = 2.0
_LONGEST_BLOCK_SECONDS = 600.0
_KEPT_ADDRESSES = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is served; `left` requests remain, `wait_seconds` is a block's rest."""

    status: HTTPStatus
    left: int = 0
    wait_seconds: int = 0

    @property
    def is_served(self) -> bool:
        """Whether the request gets its answer."""
        return self.status == HTTPStatus.OK


@dataclass(slots=True)
class _Address:
    window: dict[str, tuple[float, int]] = field(default_factory=dict)
    refused: list[float] = field(default_factory=list)
    blocked_until: float = 0.0
    blocks: int = 0


class RateLimit:
    """Judges requests by address, group and real time."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._addresses: OrderedDict[str, _Address] = OrderedDict()

    def judge(self, address: str, group: str, now: float, *, has_origin: bool = False) -> Verdict:
        """Count one request and say what becomes of it."""
        state = self._state(address)
        if now < state.blocked_until:
            return Verdict(HTTPStatus.IM_A_TEAPOT, wait_seconds=int(state.blocked_until - now) + 1)
        length, limit = (ORIGIN_SECONDS, 1) if has_origin else (1.0, self._per_second)
        key = f"{group} origin" if has_origin else group
        began, used = state.window.get(key, (now // length, 0))
        if began != now // length:
            began, used = now // length, 0
        if used < limit:
            state.window[key] = (began, used + 1)
            return Verdict(HTTPStatus.OK, left=limit - used - 1)
        return self._refuse(state, now)

    def _refuse(self, state: _Address, now: float) -> Verdict:
        recent = [at for at in state.refused if now - at < _REFUSALS_SECONDS]
        state.refused = [*recent, now]
        if len(state.refused) < _REFUSALS_TO_BLOCK:
            return Verdict(HTTPStatus.TOO_MANY_REQUESTS)
        seconds = min(_FIRST_BLOCK_SECONDS * 2**state.blocks, _LONGEST_BLOCK_SECONDS)
        state.blocks += 1
        state.refused = []
        state.blocked_until = now + seconds
        return Verdict(HTTPStatus.IM_A_TEAPOT, wait_seconds=int(seconds))

    def _state(self, address: str) -> _Address:
        state = self._addresses.setdefault(address, _Address())
        self._addresses.move_to_end(address)
        if len(self._addresses) > _KEPT_ADDRESSES:
            self._addresses.popitem(last=False)
        return state
