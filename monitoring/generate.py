"""Write what is generated of the monitoring: the dashboards, and the topics' retention as rules.

`make dashboards` runs it; the files are committed, and a test says when they are out of date.
"""

from collections.abc import Iterator
from pathlib import Path

from cointicker.topics import load_topics
from monitoring.boards import BOARDS
from monitoring.panels import encode

FOLDER = Path(__file__).resolve().parent
_RETENTION = """# Written by `make dashboards`, from kafka/topics.yaml: each topic's retention.
groups:
  - name: retention
    rules:
"""


def generated() -> Iterator[tuple[Path, str]]:
    """Each generated file and what is to be in it."""
    for board in BOARDS:
        yield FOLDER / "grafana" / "dashboards" / f"{board.name}.json", encode(board)
    yield (
        FOLDER / "rules" / "retention.yml",
        retention_rules(FOLDER.parent / "kafka" / "topics.yaml"),
    )


def retention_rules(topics: Path) -> str:
    """Recording rules; topics are named as in that file, without the prefix."""
    rules = [
        "      - record: cointicker:topic_retention:seconds\n"
        f"        labels: {{topic: {topic.name.removeprefix('.')}}}\n"
        f"        expr: vector({int(topic.config['retention.ms']) // 1000})\n"
        for topic in load_topics(topics, "")
        if "retention.ms" in topic.config
    ]
    return _RETENTION + "".join(rules)


def main() -> None:
    """Write the files."""
    for path, text in generated():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
