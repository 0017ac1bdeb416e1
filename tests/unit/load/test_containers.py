"""The containers of the load test are told everything that their compose file asks for."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from collector.config import CollectorSettings
from hdfs_sink.config import SinkSettings
from tests.load.containers import ROOT, environment_of, kept_lines, kept_variables
from tests.load.settings import read_settings
from tests.load.site import ROTATIONS, SOURCE_URL, collector_environment

OVERLAY = Path(__file__).parents[3] / "tests" / "load" / "compose.yaml"
SETTINGS = read_settings({"RATE": "2000", "OUT": "load-results/a"}, datetime.now(UTC))


def test_every_value_that_must_be_set_is() -> None:
    asked = set(re.findall(r"\$\{(LOAD_\w+)", OVERLAY.read_text()))
    assert asked <= set(environment_of(SETTINGS))


def test_the_collector_in_its_container_is_told_what_the_local_one_is() -> None:
    told = yaml.safe_load(OVERLAY.read_text())["services"]["collector"]["environment"]
    passed_on = environment_of(SETTINGS)
    environment = {name: value or passed_on[name] for name, value in told.items()}
    assert environment == collector_environment(SETTINGS, SOURCE_URL)


def test_the_collector_knows_these_settings_and_keeps_up_with_the_rate() -> None:
    environment = collector_environment(SETTINGS, "http://127.0.0.1:1")
    known = {f"{name}_".upper() for name in CollectorSettings.model_fields}
    assert all(any(name.startswith(prefix) for prefix in known) for name in environment)
    polls = 1 / float(environment["UPBIT_TRENDS_INTERVAL_SECONDS"])
    assert polls * SETTINGS.markets == pytest.approx(1.25 * 2000)
    assert float(environment["UPBIT_TRENDS_REQUESTS_PER_SECOND"]) > polls


def test_the_rotation_as_shipped_is_what_the_sink_does_by_itself() -> None:
    shipped = {name.lower(): float(value) for name, value in ROTATIONS["default"].items()}
    fields = SinkSettings.model_fields
    assert shipped == {name: fields[name].default for name in shipped}


def test_of_a_users_own_settings_only_images_and_heaps_hold_in_a_run() -> None:
    own = "# mine\nJRE_IMAGE=own-jre\nKAFKA_TOPIC_PREFIX=mine\nKAFKA_HEAP=1g\nROTATE_BYTES=1\n"
    assert kept_lines(own) == "JRE_IMAGE=own-jre\nKAFKA_HEAP=1g\n"
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    exported = {"PATH": "/bin", "PYTHON_IMAGE": "p", "KAFKA_GROUP_ID": "x", "HDFS_ROOT": "/x"}
    assert kept_variables(exported, example) == {"PATH": "/bin", "PYTHON_IMAGE": "p"}


def test_the_result_is_written_where_it_was_asked_for() -> None:
    environment = environment_of(SETTINGS)
    assert Path(environment["LOAD_RESULTS"]) == Path("load-results").absolute()
    assert environment["OUT"] == "load-results/a"
