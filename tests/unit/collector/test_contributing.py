"""The example of CONTRIBUTING.md works as it is printed."""

import ast
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from cointicker.topics import load_topics
from collector.config import CollectorSettings
from collector.source import Source

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "CONTRIBUTING.md"


def block(language: str, containing: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)
    return next(str(each) for each in found if containing in each)


def test_the_source_that_is_shown_parses_the_reply_that_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "binance.py"
    path.write_text(block("python", "class Binance"))
    spec = importlib.util.spec_from_file_location("binance", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source: Source = module.Binance()
    reply = json.loads(block("json", "BTCUSDT"))
    [item] = source.parse(json.dumps(reply).encode()).items
    assert (item.id, item.key) == ("BTCUSDT:1799869899040", "BTCUSDT")
    [invalid] = source.parse(json.dumps([{**reply[0], "lastPrice": -1}]).encode()).invalid
    assert (invalid.reason, invalid.field) == ("wrong_type", "lastPrice")


def test_the_line_that_is_shown_turns_the_source_on() -> None:
    names: dict[str, Any] = {"CollectorSettings": CollectorSettings, "Field": Field}
    source = block("python", "class Binance")
    line = block("python", "binance: Binance =")
    exec(f"{source}\nclass More(CollectorSettings):\n{line}", names)
    assert "binance" in {each.name for each in names["More"](_cli_parse_args=[]).sources()}
    simulated = block("python", '"BINANCE"')
    assert ast.literal_eval("{" + simulated.strip() + "}") == {"BINANCE": "binance"}


def test_the_topics_that_are_shown_can_be_declared(tmp_path: Path) -> None:
    file = tmp_path / "topics.yaml"
    shown = block("yaml", "raw.binance") + block("yaml", "state.processor.binance")
    file.write_text((ROOT / "kafka" / "topics.yaml").read_text() + shown)
    declared = {each.name: each for each in load_topics(file, "p")}
    assert {"p.raw.binance", "p.processed.ticker"} <= set(declared)
    state = declared["p.state.processor.binance"]
    assert state.config == declared["p.state.processor.upbit_trends"].config
    assert state.partitions == declared["p.raw.binance"].partitions


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("scripts/local/services.py", "_SIMULATED"),
        ("services/processor/src/processor/item_work.py", "TRADES"),
        ("kafka/topics.yaml", "state.processor."),
        ("tests/unit/collector/examples.py", "SOURCES"),
    ],
)
def test_the_places_that_it_sends_to_are_there(path: str, name: str) -> None:
    guide = GUIDE.read_text()
    assert f"`{path}`" in guide
    assert name in guide
    assert name in (ROOT / path).read_text()
