"""The settings: every source with its defaults, and every way to change them."""

from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from collector.config import CollectorSettings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_settings_the_real_sources_are_asked_and_perplexity_lacks_its_key() -> None:
    sources = {each.name: each for each in CollectorSettings.load([]).sources()}
    assert sources["upbit_trends"].base_url == "https://api.upbit.com"
    assert {name: each.why_disabled() for name, each in sources.items()} == {
        "upbit_trends": None,
        "coinness": None,
        "saveticker": None,
        "perplexity": "no key",
        "cnn_fear_greed": None,
        "alternative_me": None,
    }


def test_a_source_is_changed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBIT_TRENDS_BASE_URL", "http://localhost:8080/upbit/")
    monkeypatch.setenv("UPBIT_TRENDS_INTERVAL_SECONDS", "0.5")
    monkeypatch.setenv("COINNESS", '{"interval_seconds": 3}')
    monkeypatch.setenv("ALTERNATIVE_ME_ENABLED", "false")
    monkeypatch.setenv("PERPLEXITY_API_KEY", "pplx-1")
    monkeypatch.setenv("SAVETICKER_BASE_URL", "")
    settings = CollectorSettings.load([])
    assert settings.upbit_trends.base_url == "http://localhost:8080/upbit"
    assert settings.upbit_trends.interval_seconds == 0.5
    assert settings.coinness.interval_seconds == 3
    assert settings.alternative_me.why_disabled() == "switched off"
    assert settings.perplexity.why_disabled() is None
    assert settings.saveticker.base_url == "https://saveticker.com"


def test_a_source_is_changed_by_the_file_and_by_a_flag(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("collector: {coinness: {interval_seconds: 7, language: en}}")
    flags = ["--config-file", str(file), "--saveticker", '{"max_pages": 2}']
    settings = CollectorSettings.load(flags)
    assert (settings.coinness.interval_seconds, settings.coinness.language) == (7, "en")
    assert settings.saveticker.max_pages == 2


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBIT_TRENDS_INTERVAL_SECONDS", "0")
    monkeypatch.setenv("COINNESS_BASE_URL", "ftp://x")
    monkeypatch.setenv("SAVETICKER_COLOUR", "blue")
    monkeypatch.setenv("SPOOL_MAX_BYTES", "1")
    with pytest.raises(ConfigError) as raised:
        CollectorSettings.load(["--cnn-fear-greed", "{"])
    assert {problem.split(":")[0] for problem in raised.value.problems} == {
        "upbit_trends.interval_seconds",
        "coinness.base_url",
        "saveticker.colour",
        "spool_max_bytes",
        "cnn_fear_greed",
    }


@pytest.mark.parametrize("below", ["", "below"])
def test_a_spool_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError) as raised:
        CollectorSettings.load(["--spool-directory", str(file / below)])
    assert [each.split(":")[0] for each in raised.value.problems] == ["spool_directory"]


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", "pplx-secret")
    assert "pplx-secret" not in repr(CollectorSettings.load([]))
    monkeypatch.setenv("PERPLEXITY_INTERVAL_SECONDS", "0")
    with pytest.raises(ConfigError) as raised:
        CollectorSettings.load([])
    assert "pplx-secret" not in str(raised.value)


def test_an_empty_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY", '{"api_key": ""}')
    assert CollectorSettings.load([]).perplexity.why_disabled() == "no key"
