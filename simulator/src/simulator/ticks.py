"""Prices as they can be quoted: rounded to the tick of their size."""

import numpy as np

from simulator.chance import Floats

# From this price on (KRW), the tick is this.
_FROM = np.array([0.0, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 5e5, 1e6, 2e6])
_TICK = np.array([1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 50.0, 100.0, 500.0, 1000.0])
_VOLUME_DIGITS = 1e8


def tick_size(prices: Floats) -> Floats:
    """The tick of each price."""
    size: Floats = _TICK[np.searchsorted(_FROM, prices, side="right") - 1]
    return size


def to_ticks(prices: Floats) -> Floats:
    """Each price at its nearest tick, free of the noise of binary fractions."""
    size = tick_size(prices)
    per_unit = np.rint(1.0 / np.minimum(size, 1.0))
    whole = np.maximum(size, 1.0)
    return np.rint(prices * per_unit / whole) * whole / per_unit


def to_volume(volumes: Floats) -> Floats:
    """Each volume with the eight decimals that the exchange keeps."""
    return np.rint(volumes * _VOLUME_DIGITS) / _VOLUME_DIGITS
