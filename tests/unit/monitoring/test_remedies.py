"""Every alert has its remedy in docs/operations.md, where its link leads."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
HEADING = re.compile(r"^### (\w+)$", re.MULTILINE)


def test_every_alert_has_a_remedy_and_every_remedy_an_alert() -> None:
    rules = [
        rule
        for file in (ROOT / "monitoring" / "rules").glob("*.yml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    alerts = [rule["alert"] for rule in rules if "alert" in rule]
    remedies = HEADING.findall((ROOT / "docs" / "operations.md").read_text())
    assert sorted(remedies) == sorted(alerts)
