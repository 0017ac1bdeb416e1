"""Each container as it runs: who it runs as, what it may write, what it shows to the outside."""

from tests.compose.project import Project

OURS = ("zookeeper", "kafka", "namenode", "datanode", "collector", "processor", "hdfs-sink")
USER = "10001"


def test_everything_runs_with_a_health_check(project: Project) -> None:
    assert {each.service: each.health for each in project.containers()} == dict.fromkeys(
        [*OURS, "insights", "prometheus", "simulator"], "healthy"
    )


def test_no_container_runs_as_root(project: Project) -> None:
    users = {each.service: each.user for each in project.containers()}
    assert "0" not in users.values()
    assert {users[name] for name in (*OURS, "insights")} == {USER}


def test_no_container_can_write_to_its_image(project: Project) -> None:
    writable = [
        each.service
        for each in project.containers()
        if not each.seen["HostConfig"]["ReadonlyRootfs"]
    ]
    assert writable == []


def test_a_container_that_asks_for_more_memory_than_its_limit_does_not_take_the_host_with_it(
    project: Project,
) -> None:
    limits = {each.service: each.seen["HostConfig"]["Memory"] for each in project.containers()}
    assert {name for name, limit in limits.items() if not limit} == set()


def test_every_container_has_bounded_logs_and_comes_back(project: Project) -> None:
    for each in project.containers():
        host = each.seen["HostConfig"]
        assert host["RestartPolicy"]["Name"] in ("unless-stopped", "always"), each.service
        assert {"max-size", "max-file"} <= set(host["LogConfig"]["Config"]), each.service


def test_only_this_machine_reaches_a_port(project: Project) -> None:
    addresses = {
        each.service: {
            binding["HostIp"]
            for bindings in each.seen["NetworkSettings"]["Ports"].values()
            for binding in bindings or []
        }
        for each in project.containers()
    }
    assert {name for name, found in addresses.items() if found} == {"insights", "prometheus"}
    assert set().union(*addresses.values()) == {"127.0.0.1"}
