from pathlib import Path

import pytest

from cointicker.errors import ConfigError
from cointicker.topics import load_topics

DECLARED = Path("kafka/topics.yaml")


def test_the_declared_topics_carry_the_prefix_and_their_retention() -> None:
    topics = {topic.name: topic for topic in load_topics(DECLARED, "coins")}
    market = topics["coins.raw.upbit_trends"]
    assert market.partitions == 6
    assert market.config == {"retention.ms": str(7 * 86_400_000)}
    assert "coins.dead_letter" in topics


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("topics: [{name: A, key: k, partitions: 1}]", "topics.0.name"),
        ("topics: [{name: a, key: k, partitions: 0}]", "topics.0.partitions"),
        ("topics: [{name: a, key: k, partitions: 1, retention: 7w}]", "'7w'"),
        ("topics: [{name: a, key: k, partitions: 1, keep: 7d}]", "topics.0.keep"),
        ("topics: {", "not YAML"),
    ],
)
def test_a_wrong_list_is_refused_with_field_and_value(tmp_path: Path, yaml: str, said: str) -> None:
    file = tmp_path / "topics.yaml"
    file.write_text(yaml)
    with pytest.raises(ConfigError, match=said):
        load_topics(file, "coins")


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_topics(tmp_path / "none.yaml", "coins")
