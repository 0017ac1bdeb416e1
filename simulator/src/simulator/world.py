"""The simulated world: one clock, one market, one plan, shared by all sources."""

from dataclasses import dataclass

from simulator.chance import Chance
from simulator.clock import Clock
from simulator.config import Settings
from simulator.events import DEFAULT_ROUND_MINUTES, Plan
from simulator.exchange import Exchange
from simulator.fear_greed import FearGreed
from simulator.names import Name, market_names
from simulator.newsroom import Newsroom
from simulator.trades import Trades
from simulator.walk import Walk


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What the sources look at; a function of the settings and of the clock's start."""

    settings: Settings
    clock: Clock
    chance: Chance
    names: list[Name]
    plan: Plan
    walk: Walk
    trades: Trades
    exchange: Exchange
    fear_greed: FearGreed

    def newsroom(self, feed: str) -> Newsroom:
        """The stories of one feed."""
        return Newsroom(feed, self.walk, self.names, self.plan, self.settings.news_per_hour)


def build_world(settings: Settings, clock: Clock) -> World:
    """The world of these settings and this clock."""
    chance = Chance(settings.seed)
    names = market_names(settings.markets)
    minutes = settings.lead_seconds // 60 if settings.speed > 1 else DEFAULT_ROUND_MINUTES
    plan = Plan(names, chance, clock.start_ms, minutes)
    walk = Walk(names, chance, plan.effects)
    trades = Trades(settings.markets, settings.rate, chance)
    return World(
        settings=settings,
        clock=clock,
        chance=chance,
        names=names,
        plan=plan,
        walk=walk,
        trades=trades,
        exchange=Exchange(walk, trades, chance),
        fear_greed=FearGreed(plan, chance),
    )
