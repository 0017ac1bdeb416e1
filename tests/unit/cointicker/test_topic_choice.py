"""Which topics names and globs mean, and what is said when it is none."""

import pytest

from cointicker.errors import ConfigError
from cointicker.kafka.choice import choose_topics, unknown_topic

TOPICS = [
    "cointicker.dead_letter",
    "cointicker.raw.coinness",
    "cointicker.raw.test",
    "cointicker.raw.upbit_trends",
    "cointicker.state.processor.upbit_trends",
]


def test_names_and_globs_mean_each_topic_once() -> None:
    assert choose_topics(["cointicker.raw.*", "cointicker.raw.test"], TOPICS) == TOPICS[1:4]


def test_each_that_means_nothing_is_a_line() -> None:
    with pytest.raises(ConfigError) as refused:
        choose_topics(["cointicker.raw.test", "cointicker.raw.tset", "no.*"], TOPICS)
    assert refused.value.problems == [
        "no such topic: cointicker.raw.tset; near it: cointicker.raw.test",
        "no topic matches no.*; cointicker topics list shows what there is",
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("cointicker.deadletter", "cointicker.dead_letter"),
        ("upbit_trends", "cointicker.raw.upbit_trends, cointicker.state.processor.upbit_trends"),
        ("cointicker.raw.upbit", "cointicker.raw.upbit_trends"),
    ],
)
def test_what_is_near_is_named(name: str, near: str) -> None:
    assert unknown_topic(name, TOPICS) == f"no such topic: {name}; near it: {near}"


def test_a_broker_without_topics_says_how_to_make_them() -> None:
    assert unknown_topic("a", []).endswith("(cointicker topics create)")
