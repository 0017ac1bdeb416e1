"""Records reach HDFS and insights, operators' tools work, and Prometheus sees all of it."""

from contextlib import suppress
from http import HTTPStatus

from local.flow import fetch_json
from tests.compose.archive import audit, total
from tests.compose.project import Project, until

INSIGHTS, PROMETHEUS = 8000, 9090
FLOW_SECONDS = 150
QUIET_SECONDS = 120
SOURCES = ("upbit_trends", "coinness", "saveticker", "perplexity", "cnn_fear_greed")


def targets() -> dict[str, str]:
    """The health of every target that Prometheus has, by its address."""
    found = fetch_json(PROMETHEUS, "/api/v1/targets?state=active")["data"]["activeTargets"]
    return {each["scrapeUrl"]: f"{each['health']} {each['lastError']}" for each in found}


def alerts() -> list[dict[str, str]]:
    """The alerts that fire, or would if what they see lasted."""
    found = fetch_json(PROMETHEUS, "/api/v1/alerts")["data"]["alerts"]
    return [{**each["labels"], "state": each["state"]} for each in found]


def test_the_dashboard_has_candles_and_insights(project: Project) -> None:
    assert project.healthy()
    candles = "/api/candles/KRW-BTC?interval=1m"
    until(
        lambda: fetch_json(INSIGHTS, candles).get("candles"),
        FLOW_SECONDS,
        "candles of KRW-BTC",
    )
    until(
        lambda: fetch_json(INSIGHTS, "/api/insights").get("insights"),
        FLOW_SECONDS,
        "an insight",
    )
    summary = fetch_json(INSIGHTS, "/api/summary")
    assert summary["total"] > 0
    assert summary["markets"] > 0
    assert summary["freshness"]["age_seconds"] < FLOW_SECONDS


def test_every_source_is_in_hdfs_and_the_audit_is_clean(project: Project) -> None:
    def stored() -> set[str]:
        found = audit(project)["partitions"]
        return {each["topic"].rpartition(".")[2] for each in found if each["records"]}

    until(lambda: stored() >= set(SOURCES), FLOW_SECONDS, "all five sources in HDFS")
    found = audit(project)
    assert found["clean"]
    assert total(found, "compared") > 0


def test_every_target_of_prometheus_is_up(project: Project) -> None:
    assert project.healthy()
    until(
        lambda: targets() and set(targets().values()) == {"up "},
        FLOW_SECONDS,
        "all targets up",
    )


def test_no_alert_fires_or_is_about_to_while_all_is_well(project: Project) -> None:
    assert project.healthy()
    rules = fetch_json(PROMETHEUS, "/api/v1/rules?type=alert")["data"]["groups"]
    assert sum(len(group["rules"]) for group in rules) > 0
    assert not [rule for group in rules for rule in group["rules"] if rule["health"] == "err"]
    # Some wait for a moment after the start, before there is anything to count.
    with suppress(AssertionError):
        until(lambda: alerts() == [], QUIET_SECONDS, "no alert that waits or fires")
    assert alerts() == []


def test_operators_tools_work_as_they_are_typed(project: Project) -> None:
    broker, topic = ("--bootstrap-server", "localhost:9092"), ("--topic", "cointicker.raw.test")
    project.execute(
        *("kafka", "kafka-console-producer", "--broker-list", "localhost:9092", *topic),
        given='{"typed": "by hand"}\n',
    )
    come = project.execute(
        *("kafka", "kafka-console-consumer", *broker, *topic),
        *("--from-beginning", "--max-messages", "1", "--timeout-ms", "20000"),
    )
    assert come == '{"typed": "by hand"}\n'
    assert "cointicker.raw.upbit_trends" in project.execute(
        "kafka", "kafka-topics", *broker, "--list"
    )
    groups = project.execute("kafka", "kafka-consumer-groups", *broker, "--list").split()
    assert {"hdfs-sink", "processor", "insights"} <= set(groups)


def test_the_tools_have_their_long_names_too(project: Project) -> None:
    tools = ("kafka-topics", "kafka-console-producer", "kafka-console-consumer")
    for tool in (*tools, "kafka-consumer-groups"):
        found = project.execute("kafka", "bash", "-c", f"command -v {tool} {tool}.sh")
        assert found.split() == [f"/usr/bin/{tool}", f"/usr/bin/{tool}.sh"]


def test_the_dashboard_says_no_in_its_own_words(project: Project) -> None:
    assert project.healthy()
    refused = fetch_json(INSIGHTS, "/api/insights?limit=0")
    assert refused["status"] == HTTPStatus.BAD_REQUEST
