"""Every container's process is killed in turn, with records flowing: each comes back."""

from urllib.parse import quote

import pytest

from local.flow import fetch_json
from tests.compose.project import Project, until
from tests.compose.test_flow import PROMETHEUS, targets

RECOVERY_SECONDS = 180
# What grows as long as a service does its work.
FLOWING = (
    'sum(kafka_log_end_offset{topic=~".+[.]raw[.]upbit_trends"})',
    'sum(kafka_log_end_offset{topic=~".+[.]processed[.]market"})',
    "sum(cointicker_insights_records_in_total)",
    "sum(cointicker_hdfs_sink_records_total)",
)
VICTIMS = (
    *("collector", "processor", "hdfs-sink", "insights", "simulator"),
    *("kafka", "zookeeper", "namenode", "datanode", "prometheus"),
)


def figure(query: str) -> float:
    """What Prometheus answers to a query for one figure, 0 where there is none."""
    answer = fetch_json(PROMETHEUS, f"/api/v1/query?query={quote(query)}")["data"]["result"]
    return float(answer[0]["value"][1]) if answer else 0.0


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_one_comes_back(project: Project, real_time: None, victim: str) -> None:
    del real_time
    (before,) = project.containers(victim)
    project.kill(before)

    def back() -> bool:
        (now,) = project.containers(victim)
        return now.started != before.started and now.health == "healthy"

    until(back, RECOVERY_SECONDS, f"{victim} healthy again")
    until(project.healthy, RECOVERY_SECONDS, f"all healthy after {victim} was killed")


def test_after_it_all_records_flow_again_through_every_service(project: Project) -> None:
    assert project.healthy()
    # Prometheus was the last: what it has of before it was killed is old.
    until(lambda: set(targets().values()) == {"up "}, RECOVERY_SECONDS, "all targets up again")
    for query in FLOWING:
        until(lambda query=query: figure(query) > 0, RECOVERY_SECONDS, query)  # type: ignore[misc]
    seen = {query: figure(query) for query in FLOWING}
    for query in FLOWING:
        until(lambda query=query: figure(query) > seen[query], RECOVERY_SECONDS, query)  # type: ignore[misc]
