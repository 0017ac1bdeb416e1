"""What Prometheus is told of the stages."""

import gc

from prometheus_client import REGISTRY

from cointicker.kafka.records import Partition
from insights.metrics import PrometheusTally
from insights.stage_market import MarketStage
from tests.unit.insights.rules.feeds import PREFIX, START_MS, given, market, run

TOPIC = "tallied.processed.market"


def held() -> float | None:
    return REGISTRY.get_sample_value("cointicker_insights_state_entries", {"input": TOPIC})


def working(tally: PrometheusTally, number: int, markets: int) -> MarketStage:
    work = MarketStage(PREFIX, Partition(TOPIC, number), None, tally)
    run(work, given([market(START_MS, 1.5, market=f"KRW-M{each}") for each in range(markets)]))
    return work


def test_a_partition_that_is_not_ours_any_more_is_not_counted_any_more() -> None:
    tally = PrometheusTally()
    stays = working(tally, 0, 3)
    moves = working(tally, 1, 4)
    assert held() == 7
    del moves
    gc.collect()
    assert held() == stays.held == 3


def test_headlines_without_a_score_have_a_counter_of_their_own() -> None:
    PrometheusTally().count("t-0", {("unscored", "", ""): 3, ("ignored", "duplicate", ""): 2})
    value = REGISTRY.get_sample_value
    labels = {"input": "t-0"}
    assert value("cointicker_insights_headlines_unscored_total", labels) == 3
    ignored = "cointicker_insights_records_ignored_total"
    assert value(ignored, {**labels, "reason": "duplicate"}) == 2


def test_a_task_that_begins_anew_counts_once() -> None:
    tally = PrometheusTally()
    before = working(tally, 0, 5)
    after = working(tally, 0, 2)
    assert (before.held, after.held, held()) == (5, 2, 2)
