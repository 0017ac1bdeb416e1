"""The processor's settings."""

import pytest

from cointicker.errors import ConfigError
from processor.config import ProcessorSettings
from processor.options import Options


def test_the_defaults_are_those_of_the_work() -> None:
    assert ProcessorSettings.load([]).options() == Options()


def test_what_shapes_the_work_can_be_set() -> None:
    flags = ["--topic-prefix", "p", "--future-minutes", "1", "--most-invalid-percent", "10"]
    options = ProcessorSettings.load([*flags, "--remembered-days", "2"]).options()
    assert (options.prefix, options.future_ms) == ("p", 60_000)
    assert (options.most_invalid_share, options.remembered_ms) == (0.1, 2 * 86_400_000)
    assert options.raw_topic("coinness") == "p.raw.coinness"
    assert options.processed_topic("news") == "p.processed.news"
    assert options.dead_letter_topic == "p.dead_letter"


def test_every_wrong_setting_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        ProcessorSettings.load(["--remembered-trades", "0", "--most-invalid-percent", "101"])
    assert [each.split(":")[0] for each in caught.value.problems] == [
        "remembered_trades",
        "most_invalid_percent",
    ]
