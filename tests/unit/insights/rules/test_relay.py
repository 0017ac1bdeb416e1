"""News, analyses and indices on their way to stage two."""

from typing import Any

import msgspec
import pytest

from cointicker.errors import ContractViolation, InvalidMessage
from cointicker.kafka.records import Partition
from cointicker.processed import Analysis, FearGreed, News, Origin
from cointicker.times import from_ms
from cointicker.work import Work
from insights.stages import Stages, inputs
from insights.tone import Lexicon
from tests.unit.insights.rules.feeds import PREFIX, START_MS, Given, Tallied, given, reasons, run

TALLY = Tallied()
STAGES = Stages(PREFIX, 6, Lexicon.load(), TALLY)
ORIGIN = Origin("cointicker.raw.any", 0, 0)


def stage(name: str) -> Work:
    return STAGES(Partition(f"cointicker.processed.{name}", 0), None)


def news(title: str, **fields: Any) -> News:
    known = {
        "id": "coinness:1", "revision": 0, "source": "coinness", "title": title, "body": "",
        "url": "", "published_at": from_ms(START_MS), "language": "ko", "symbols": ["SOL", "SOL"],
        "labels": [], "votes": {}, "origin": ORIGIN,
    }  # fmt: skip
    return News(**{**known, **fields})


def test_a_headline_is_scored_and_its_symbols_counted_once() -> None:
    (output,) = run(stage("news"), given([news("솔라나 급락")]))
    assert msgspec.json.decode(output.value) == {
        "type": "headline", "schema": 1, "id": "coinness:1", "revision": 0, "source": "coinness",
        "symbols": ["SOL"], "score": -1.0, "published_at": "2026-03-08T00:30:00Z",
    }  # fmt: skip
    assert (output.topic, output.partition) == ("cointicker.state.market", 0)
    assert output.timestamp_ms == START_MS + 500


def test_a_headline_without_a_known_word_has_no_score_and_is_not_passed_over() -> None:
    before = TALLY.counts.copy()
    (output,) = run(stage("news"), given([news("재단, 일정 공개")]))
    assert msgspec.json.decode(output.value)["score"] is None
    assert TALLY.counts - before == {("unscored", "", ""): 1}


def test_an_analysis_speaks_of_the_market_as_a_whole() -> None:
    answer = Analysis(
        id="perplexity:1", revision=0, question="?", text="Bitcoin rallied.", citations=[],
        model="sonar", cost_usd=None, event_at=from_ms(START_MS), origin=ORIGIN,
    )  # fmt: skip
    (output,) = run(stage("analysis"), given([answer]))
    told = msgspec.json.decode(output.value)
    assert (told["symbols"], told["score"]) == ([], 1.0)


def test_an_index_is_passed_on_and_an_absurd_one_put_aside() -> None:
    def value(score: float) -> FearGreed:
        return FearGreed(
            id="cnn:1", revision=0, index="cnn", score=score, rating="fear", components={},
            event_at=from_ms(START_MS), origin=ORIGIN,
        )  # fmt: skip

    good, bad = run(stage("fear_greed"), given([value(33.5), value(133.5)]))
    assert msgspec.json.decode(good.value)["score"] == 33.5
    assert reasons([bad]) == ["out_of_range"]


def test_news_from_the_future_is_put_aside() -> None:
    outputs = run(stage("news"), given([news("급락")], fetched_ms=START_MS - 120_000))
    assert reasons(outputs) == ["future"]


def test_a_huge_record_becomes_a_letter_that_fits_and_says_how_large_it_was() -> None:
    huge = Given(7, START_MS, None, b"\xff" * 1_000_000)
    (letter,) = run(stage("news"), [huge])
    assert len(letter.value) < 100_000
    assert msgspec.json.decode(letter.value)["origin"] == {
        "topic": "cointicker.processed.news", "partition": 0, "offset": 7, "size": 1_000_000,
    }  # fmt: skip


def test_every_input_has_a_stage_that_goes_on_from_its_own_snapshot_only() -> None:
    stages = {topic: STAGES(Partition(topic, 0), None) for topic in inputs(PREFIX)}
    assert len(stages) == 5
    for topic, work in stages.items():
        assert STAGES(Partition(topic, 0), work.snapshot()).snapshot() == work.snapshot()
        with pytest.raises(InvalidMessage):
            STAGES(Partition(topic, 0), b"\x92\xa3foo\x90")
    with pytest.raises(ContractViolation):
        STAGES(Partition("cointicker.raw.test", 0), None)
