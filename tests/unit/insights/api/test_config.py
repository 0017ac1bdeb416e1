import pytest

from cointicker.errors import ConfigError
from insights.config import InsightsSettings


def test_every_bad_value_is_named_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("settings") / "empty.yaml"
    empty.write_text("insights: {view_hours: 0, stream_most_clients: none, view_days: 2}\n")
    with pytest.raises(ConfigError) as refused:
        InsightsSettings.load(["--config-file", str(empty), "--view-most-candles", "5"])
    assert {each.partition(":")[0] for each in refused.value.problems} == {
        "view_hours",
        "view_most_candles",
        "stream_most_clients",
        "view_days",
    }


def test_the_api_is_on_port_8000_and_shows_a_day(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    empty = tmp_path_factory.mktemp("settings") / "empty.yaml"
    empty.write_text("")
    settings = InsightsSettings.load(["--config-file", str(empty)])
    assert (settings.http_port, settings.view_hours, settings.stream_most_clients) == (
        8000,
        24,
        100,
    )
