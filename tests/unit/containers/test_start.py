"""How the collector's container chooses between the real sources and the simulated ones."""

import pytest

from services.collector.start import refusal, settings

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
