"""Chance as a function: the same key always gives the same number, in any order of asking."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_UNIT = 2.0**-53
# Noise never passes three sigma, so that only a planted event does.
_CLIP = 3.0


class Chance:
    """Numbers for the keys (stream, a, b), all drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._bases: dict[str, int] = {}

    def uniform(self, stream: str, a: Any, b: Any) -> Floats:
        """In [0, 1) for each pair of the broadcast integer arrays `a` and `b`."""
        words = self._words(stream, a, b)
        drawn: Floats = (words >> np.uint64(11)).astype(np.float64) * _UNIT
        return drawn

    def normal(self, stream: str, a: Any, b: Any) -> Floats:
        """Standard normal, clipped at three sigma, for each pair of `a` and `b`."""
        words = self._words(stream, a, b)
        radius = ((words >> np.uint64(32)).astype(np.float64) + 1.0) * 2.0**-32
        angle = (words & np.uint64(0xFFFFFFFF)).astype(np.float64) * (2.0**-32 * 2.0 * np.pi)
        drawn: Floats = np.clip(np.sqrt(-2.0 * np.log(radius)) * np.cos(angle), -_CLIP, _CLIP)
        return drawn

    def one(self, stream: str, a: int, b: int = 0) -> float:
        """In [0, 1) for one pair: the same number as `uniform` gives for it."""
        inner = _mix((self._base(stream) + a * _STEP) & _MASK)
        return (_mix((inner + b * _STEP) & _MASK) >> 11) * _UNIT

    def _words(self, stream: str, a: Any, b: Any) -> Words:
        first = np.atleast_1d(np.asarray(a, dtype=np.int64)).astype(np.uint64)
        second = np.atleast_1d(np.asarray(b, dtype=np.int64)).astype(np.uint64)
        inner = _mix_words(first * np.uint64(_STEP) + np.uint64(self._base(stream)))
        return _mix_words(inner + second * np.uint64(_STEP))

    def _base(self, stream: str) -> int:
        if stream not in self._bases:
            self._bases[stream] = self._hashed(stream)
        return self._bases[stream]

    def _hashed(self, stream: str) -> int:
        base = _mix((self._seed + _STEP) & _MASK)
        for byte in stream.encode():
            base = _mix(base ^ byte)
        return base


def _mix(word: int) -> int:
    word = ((word ^ (word >> 30)) * _FIRST) & _MASK
    word = ((word ^ (word >> 27)) * _SECOND) & _MASK
    return word ^ (word >> 31)


def _mix_words(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FIRST)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_SECOND)
    result: Words = words ^ (words >> np.uint64(31))
    return result
