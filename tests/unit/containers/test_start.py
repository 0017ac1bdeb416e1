"""How the collector's container chooses between the real sources and the simulated ones."""

import pytest

from services.collector.start import choice, refusal, settings

GIVEN = {
    "COINNESS_BASE_URL": "http://mine",
    "SIMULATED_COINNESS_BASE_URL": "http://simulator:8080/coinness",
    "SIMULATED_PERPLEXITY_API_KEY": "pplx-simulated",
    "LOG_LEVEL": "DEBUG",
}


def test_without_a_simulator_nothing_of_it_is_left() -> None:
    assert settings(GIVEN, "live") == {"COINNESS_BASE_URL": "http://mine", "LOG_LEVEL": "DEBUG"}


def test_with_a_simulator_its_values_take_the_place_of_the_real_ones() -> None:
    assert settings(GIVEN, "simulated") == {
        "COINNESS_BASE_URL": "http://simulator:8080/coinness",
        "PERPLEXITY_API_KEY": "pplx-simulated",
        "LOG_LEVEL": "DEBUG",
    }


@pytest.mark.parametrize(
    ("before", "remedy"),
    [("simulated", "--profile simulator up`"), ("live", "`docker compose up`")],
)
def test_data_of_the_other_kind_is_refused_with_both_ways_on(before: str, remedy: str) -> None:
    line = refusal(before)
    assert f"data is of {before} sources" in line
    assert remedy in line
    assert "down --volumes" in line


@pytest.mark.parametrize(
    ("before", "known", "chosen"),
    [
        ("", True, "simulated"),
        ("", False, "live"),
        ("live", True, "simulated"),
        ("simulated", False, "live"),
    ],
)
def test_it_is_simulated_if_there_is_a_simulator(before: str, known: bool, chosen: str) -> None:
    assert choice(before, known) == chosen


@pytest.mark.parametrize("before", ["live", "simulated"])
def test_where_no_answer_comes_it_goes_on_with_what_the_volume_has(before: str) -> None:
    assert choice(before, None) == before


def test_where_no_answer_comes_a_new_volume_is_not_begun() -> None:
    assert choice("", None) is None
