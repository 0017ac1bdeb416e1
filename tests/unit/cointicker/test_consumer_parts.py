"""What a consumer is made of: patterns, progress, failures."""

import pytest
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    RecordTooLargeError,
    RequestTimedOutError,
)

from cointicker.errors import CoinTickerError, ContractViolation, TransientError
from cointicker.kafka.failures import said, translated
from cointicker.kafka.patterns import is_meant
from cointicker.kafka.progress import ProgressWatch
from cointicker.kafka.records import NotOwned, Partition

FIRST, SECOND = Partition("a", 0), Partition("a", 1)


@pytest.mark.parametrize(
    ("topic", "meant"),
    [
        ("cointicker.raw.test", True),
        ("cointicker.raw.", True),
        ("x", True),
        ("xy", False),
        ("cointicker_raw.test", False),
        ("a.cointicker.raw.test", False),
        ("one1", True),
        ("one12", False),
    ],
)
def test_names_and_globs_mean_whole_names(topic: str, meant: bool) -> None:
    assert is_meant(topic, ["cointicker.raw.*", "x", "one?"]) is meant


def test_one_that_stands_still_with_records_ahead_is_stalled() -> None:
    watch = ProgressWatch(60)
    assert watch.observe({FIRST: 5, SECOND: 5}, {FIRST: 9, SECOND: 5}, 0) == []
    assert watch.observe({FIRST: 5, SECOND: 5}, {FIRST: 9, SECOND: 5}, 59) == []
    assert watch.observe({FIRST: 5, SECOND: 5}, {FIRST: 9, SECOND: 5}, 60) == [FIRST]


def test_one_that_moves_or_is_at_the_end_or_paused_is_not() -> None:
    watch = ProgressWatch(60)
    watch.observe({FIRST: 5}, {FIRST: 9}, 0)
    assert watch.observe({FIRST: 6}, {FIRST: 9}, 60) == []
    assert watch.observe({FIRST: 9}, {FIRST: 9}, 130) == []
    watch.observe({FIRST: 9}, {FIRST: 10}, 140)
    watch.observe({}, {FIRST: 10}, 150)
    assert watch.observe({FIRST: 9}, {FIRST: 10}, 205) == []


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (CommitFailedError(), NotOwned),
        (IllegalStateError(), NotOwned),
        (RequestTimedOutError(), TransientError),
        (KafkaConnectionError(), TransientError),
        (KafkaError("coordination"), TransientError),
        (TimeoutError(), TransientError),
        (OSError("refused"), TransientError),
        (RecordTooLargeError(), ContractViolation),
        (GroupAuthorizationFailedError("g"), ContractViolation),
    ],
)
def test_kafkas_errors_become_ours(error: Exception, ours: type[CoinTickerError]) -> None:
    with pytest.raises(ours, match="cannot do it") as raised, translated("cannot do it"):
        raise error
    assert raised.value.__cause__ is error


def test_brokers_that_do_not_answer_are_told_in_words() -> None:
    away = KafkaConnectionError("Unable to bootstrap from [('a', 1, <AddressFamily.AF_UNSPEC: 0>)]")
    assert "AddressFamily" not in said(away)
    assert said(TimeoutError()) == "no answer in time"
    assert said(KafkaError("coordination")) == "KafkaError('coordination')"
