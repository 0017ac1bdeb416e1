"""The simulated world: one clock, one market, one plan, shared by all sources."""

from dataclasses import dataclass

from simulator.chance import Chance
from simulator.clock import Clock
from simulator.config import Settings
from simulator.exchange import Exchange
from simulator.names import Name, market_names
from simulator.trades import Trades
from simulator.walk import Walk


@dataclass(frozen=True, slots=True)
class World:
    """What the sources look at."""

    settings: Settings
    clock: Clock
    chance: Chance
    names: list[Name]
    walk: Walk
    trades: Trades
    exchange: Exchange


def build_world(settings: Settings, clock: Clock) -> World:
    """The world of these settings; a function of them and of the clock's start."""
    chance = Chance(settings.seed)
    names = market_names(settings.markets)
    walk = Walk(names, chance, lambda _first, _last: ())
    trades = Trades(settings.markets, settings.rate, chance)
    return World(settings, clock, chance, names, walk, trades, Exchange(walk, trades, chance))
