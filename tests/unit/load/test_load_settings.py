"""What the load test takes from the environment, and what it says of bad values."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from tests.load.settings import read_settings

NOW = datetime(2026, 3, 11, 14, 40, 59, tzinfo=UTC)


def test_without_any_value_it_is_the_target_rate_for_a_minute() -> None:
    settings = read_settings({"RATE": "", "MODE": " "}, NOW)
    assert (settings.mode, settings.target, settings.rate) == ("sources", "local", 2000)
    assert settings.out == Path("load-results/sources-20260311T144059Z")
    assert settings.markets == 240
    assert settings.poll_seconds == pytest.approx(0.096)


def test_a_higher_rate_is_more_markets_not_more_polls() -> None:
    settings = read_settings({"RATE": "20000"}, NOW)
    assert settings.markets == 2000
    assert settings.poll_seconds == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE", "fast"),
        ("RATE", "0"),
        ("RATE", "nan"),
        ("RATE", "1e9"),
        ("DURATION", "1"),
        ("RAMP", "61"),
        ("RECORD_BYTES", "100"),
        ("RECORD_BYTES", "2000.5"),
        ("RECORDS", "-5"),
        ("MODE", "sideways"),
        ("TARGET", "cloud"),
        ("ROTATION", "never"),
    ],
)
def test_a_bad_value_is_one_line_with_its_name_and_the_value(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_settings({name: value}, NOW)
    [problem] = refused.value.problems
    assert problem.startswith(f"{name}: ")
    assert f"(got '{value}')" in problem


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        read_settings({"RATE": "x", "DURATION": "y", "MODE": "z"}, NOW)
    assert len(refused.value.problems) == 3


def test_containers_cannot_be_run_one_at_a_time() -> None:
    with pytest.raises(ConfigError, match="MODE=ceiling"):
        read_settings({"MODE": "ceiling", "TARGET": "compose"}, NOW)


def test_only_the_whole_way_can_be_run_with_files_as_shipped() -> None:
    with pytest.raises(ConfigError, match="ROTATION: MODE=ceiling"):
        read_settings({"MODE": "ceiling", "ROTATION": "default"}, NOW)


def test_the_command_gives_the_same_run_again() -> None:
    given = {"RATE": "500", "DURATION": "20", "RAMP": "5", "ROTATION": "default"}
    settings = read_settings(given, NOW)
    assert settings.command == (
        "make load-test MODE=sources RATE=500 DURATION=20 RAMP=5 ROTATION=default"
    )
    words = dict(word.split("=") for word in settings.command.split()[2:])
    again = read_settings(words, NOW)
    assert again == settings
