"""What the doctor makes of what it saw: each verdict, its words and its remedy."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cointicker.doctor import broker, clocks, lag, namenode, services, topics, versions, zookeeper
from cointicker.doctor.broker import Brokers
from cointicker.doctor.clocks import Told
from cointicker.doctor.finding import Finding
from cointicker.doctor.http import Answer
from cointicker.doctor.lag import SinkLag
from cointicker.doctor.namenode import Namenode
from cointicker.doctor.services import Instance
from cointicker.doctor.topics import OnBroker
from cointicker.doctor.wire import BrokerAnswer
from cointicker.doctor.zookeeper import Zookeeper
from cointicker.kafka.group_lag import Lag
from cointicker.kafka.records import Partition
from cointicker.topics import Topic

BROKER = BrokerAnswer("k:9092", 0.003, {1: 17, 4: 7}, ["k:9092"], has_controller=True)
SRVR = "Zookeeper version: 3.8.4-9316c2, built on 2024\nMode: standalone\nNode count: 5\n"
NAMENODE = Namenode(
    "http://n:9870",
    is_active=True,
    version="3.4.3",
    live_datanodes=2,
    total_bytes=100 * 1024**3,
    remaining_bytes=40 * 1024**3,
)
ON, MANUAL = "Safe mode is ON.", "It was turned on manually."
DAY_MS = {"retention.ms": "86400000"}
DECLARED = [Topic("c.raw.test", 1, DAY_MS), Topic("c.raw.upbit", 6, {})]
ON_BROKER = {"c.raw.test": OnBroker(1, DAY_MS), "c.raw.upbit": OnBroker(6, {})}


def brokers(*answers: BrokerAnswer, **silent: str) -> Brokers:
    return Brokers(list(answers), silent, {})


def outcome(finding: Finding) -> str:
    """The outcome; whatever is not well has a remedy."""
    assert (finding.remedy is not None) == (finding.outcome in ("warn", "failed")), finding
    return finding.outcome


def test_a_broker_that_answers_is_named_with_its_time_and_version() -> None:
    finding = broker.judge(brokers(BROKER))
    assert outcome(finding) == "ok"
    assert finding.found == "k:9092 answered in 3 ms, 1 in the cluster, Kafka 3.9"


def test_no_broker_says_of_each_address_why() -> None:
    finding = broker.judge(brokers(a="nothing listens there", b="no answer within 5 s"))
    assert outcome(finding) == "failed"
    assert finding.found == "a: nothing listens there; b: no answer within 5 s"


def test_an_address_that_a_broker_names_and_nobody_reaches_is_a_failure() -> None:
    seen = Brokers([BROKER], {}, {"kafka:9092": "no such host"})
    assert outcome(broker.judge(seen)) == "failed"
    assert "advertised.listeners" in (broker.judge(seen).remedy or "")
    assert not seen.are_usable


def test_one_of_two_addresses_that_is_away_is_a_warning() -> None:
    assert outcome(broker.judge(brokers(BROKER, b="nothing listens there"))) == "warn"


def test_brokers_without_a_controller_are_a_failure() -> None:
    assert outcome(broker.judge(brokers(replace(BROKER, has_controller=False)))) == "failed"


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ({1: 16, 4: 7}, "Kafka older than 3.9"),
        ({1: 17, 4: 7}, "Kafka 3.9"),
        ({1: 17}, "Kafka 3.9 or later"),
        ({1: 18}, "Kafka 3.9 or later"),
    ],
)
def test_a_brokers_version_is_told_as_far_as_its_protocol_shows_it(
    versions: dict[int, int], told: str
) -> None:
    answer = replace(BROKER, versions=versions)
    assert broker.version(answer) == told
    assert (outcome(broker.judge(brokers(answer))) == "warn") == ("older" in told)


def test_a_zookeeper_that_serves_is_named_with_its_mode_and_version() -> None:
    finding = zookeeper.judge([Zookeeper("z:2181", SRVR)])
    assert (outcome(finding), finding.found) == (
        "ok",
        "z:2181 serves (standalone, ZooKeeper 3.8.4)",
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("srvr is not executed because it is not in the whitelist.\n", "4lw.commands.whitelist"),
        ("This ZooKeeper instance is not currently serving requests\n", "not currently serving"),
        ("", "closed the connection"),
    ],
)
def test_a_zookeeper_that_does_not_serve_says_why(said: str, why: str) -> None:
    finding = zookeeper.judge([Zookeeper("z:2181", said)])
    assert (outcome(finding), why in finding.found) == ("failed", True)


def test_a_part_of_an_ensemble_that_is_away_is_a_warning() -> None:
    away = Zookeeper("z2:2181", silent="nothing listens there")
    assert outcome(zookeeper.judge([Zookeeper("z:2181", SRVR), away])) == "warn"


def test_zookeepers_addresses_are_those_of_the_brokers_own_setting() -> None:
    assert zookeeper.addresses("a:2181, b,c:99/kafka") == ["a:2181", "b:2181", "c:99"]


def test_topics_as_declared_are_well() -> None:
    finding = topics.judge(DECLARED, ON_BROKER)
    assert (outcome(finding), finding.found) == ("ok", "all 2 are there as declared")


def test_a_missing_topic_is_to_be_created() -> None:
    finding = topics.judge(DECLARED, {"c.raw.test": ON_BROKER["c.raw.test"]})
    assert (outcome(finding), finding.found) == ("failed", "1 of 2 are missing: c.raw.upbit")
    assert (finding.remedy or "").startswith("cointicker topics create")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (OnBroker(2, DAY_MS), "c.raw.test: declared with 1 partitions, the broker has 2"),
        (OnBroker(1, {"retention.ms": "1"}), "retention.ms=86400000, the broker has 1"),
        (OnBroker(1, {}), "retention.ms=86400000, the broker has its default"),
        (OnBroker(1, {**DAY_MS, "cleanup.policy": "compact"}), "cleanup.policy=compact is set"),
    ],
)
def test_a_topic_that_differs_is_a_failure(found: OnBroker, told: str) -> None:
    finding = topics.judge(DECLARED, {**ON_BROKER, "c.raw.test": found})
    assert (outcome(finding), told in finding.found) == ("failed", True)


def test_of_many_topics_the_first_are_named_and_the_rest_counted() -> None:
    many = [Topic(f"c.{number}", 1, {}) for number in range(9)]
    assert topics.judge(many, {}).found == "9 of 9 are missing: c.0; c.1; c.2 and 6 more"


def test_a_namenode_with_room_is_well() -> None:
    finding = namenode.judge([NAMENODE])
    assert outcome(finding) == "ok"
    assert finding.found == "http://n:9870 is active, 40% free (40.0 GiB), live DataNodes: 2"


@pytest.mark.parametrize(
    ("seen", "expected", "told"),
    [
        (replace(NAMENODE, safe_mode=f"{ON} {MANUAL} Use x"), "failed", "mode: It was turned on"),
        (replace(NAMENODE, safe_mode=f"{ON}\nThe blocks 0 need 5. And"), "failed", "blocks 0 need"),
        (replace(NAMENODE, live_datanodes=0), "failed", "no DataNode"),
        (replace(NAMENODE, missing_blocks=3), "failed", "misses 3 blocks"),
        (replace(NAMENODE, remaining_bytes=1024**3), "failed", "1% free"),
        (replace(NAMENODE, total_bytes=0), "failed", "0% free"),
        (replace(NAMENODE, remaining_bytes=9 * 1024**3), "warn", "9% free"),
        (replace(NAMENODE, dead_datanodes=1), "warn", "dead DataNodes: 1"),
        (replace(NAMENODE, low_redundancy_blocks=4), "warn", "4 blocks lack a copy"),
        (replace(NAMENODE, is_active=False), "failed", "is a standby"),
        (Namenode("http://n:9870", silent="nothing listens there"), "failed", "nothing listens"),
    ],
)
def test_what_is_wrong_with_a_namenode_is_told(seen: Namenode, expected: str, told: str) -> None:
    finding = namenode.judge([seen])
    assert (outcome(finding), told in finding.found) == (expected, True), finding


def test_of_a_standby_pair_one_must_be_active_and_both_there() -> None:
    standby = replace(NAMENODE, url="http://m:9870", is_active=False)
    away = Namenode("http://m:9870", silent="no answer within 5 s")
    assert outcome(namenode.judge([NAMENODE, standby])) == "ok"
    assert outcome(namenode.judge([NAMENODE, away])) == "warn"
    assert outcome(namenode.judge([standby, away])) == "failed"


def behind(seconds: float | None, records: int = 5) -> Lag:
    return Lag(Partition("c.raw.test", 0), 10, 10 + records, records, seconds, None)


def test_a_record_may_wait_for_as_long_as_a_file_is_open() -> None:
    finding = lag.judge(SinkLag([behind(0.0, 0), behind(299.6)], {}), 600)
    assert outcome(finding) == "ok"
    assert finding.found == (
        "300 s: the oldest record that hdfs-sink has not committed, in c.raw.test-0, of 5 that wait"
    )


def test_nothing_that_waits_is_well() -> None:
    found = lag.judge(SinkLag([behind(0.0, 0)], {}), 600).found
    assert found == "0 s: hdfs-sink has committed every record"
    assert outcome(lag.judge(SinkLag([], {}), 600)) == "ok"


def test_a_record_that_waits_for_longer_is_a_failure() -> None:
    finding = lag.judge(SinkLag([behind(601)], {}), 600)
    assert outcome(finding) == "failed"
    assert "after a replay" in (finding.remedy or "")


def test_records_that_nobody_takes_are_a_failure() -> None:
    finding = lag.judge(SinkLag([], {Partition("c.raw.test", 0): 7}), 600)
    assert (outcome(finding), "c.raw.test-0 with 7" in finding.found) == ("failed", True)
    deciding = SinkLag([], {Partition("c.raw.test", 0): 7}, is_deciding=True)
    assert outcome(lag.judge(deciding, 600)) == "warn"


def test_a_lag_that_could_not_be_read_is_told() -> None:
    finding = lag.judge(SinkLag([behind(0.0, 0), behind(None)], {}), 600)
    assert outcome(finding) == "warn"
    assert finding.found == (
        "0 s: hdfs-sink has committed every record that was looked at; "
        "not read in time: c.raw.test-0 with 5 that wait"
    )
    assert "--deadline-seconds" in (finding.remedy or "")
    assert outcome(lag.judge(SinkLag([behind(601), behind(None)], {}), 600)) == "failed"


READY = Instance("http://10.0.0.1:8003", None, is_ready=True, dependencies={"kafka": "ok"})
UNREADY = Instance(
    "http://10.0.0.2:8003",
    dependencies={"kafka": "ok", "hdfs": "in safe mode", "t-0": "refused, topic_changed: of /a"},
)
AWAY = Instance("http://10.0.0.3:8003", silent="nothing listens there")


@pytest.mark.parametrize(
    ("seen", "expected", "told"),
    [
        ([READY], "ok", "http://hdfs-sink:8003 is ready"),
        ([READY, READY], "ok", "http://hdfs-sink:8003 is ready, 2 of them"),
        ([READY, UNREADY], "failed", "is not ready: hdfs: in safe mode; t-0: refused, topic_"),
        ([AWAY], "failed", "http://hdfs-sink:8003: nothing listens there"),
        ([READY, AWAY], "failed", "1 of 2 do not answer: http://10.0.0.3:8003: nothing"),
        ([Instance("u", dependencies={})], "failed", "still starting"),
    ],
)
def test_a_service_is_ready_if_all_of_its_processes_are(
    seen: list[Instance], expected: str, told: str
) -> None:
    finding = services.judge("hdfs-sink", "http://hdfs-sink:8003", seen)
    assert (outcome(finding), told in finding.found) == (expected, True), finding


def test_of_what_a_service_lacks_three_are_named_in_short_and_what_all_lack_first() -> None:
    lacks = {f"t-{number}": "cannot begin: " + "x" * 3000 for number in range(27)}
    seen = Instance("http://10.0.0.2:8003", dependencies={**lacks, "kafka": "cannot connect"})
    found = services.judge("hdfs-sink", "http://s:8003", [seen]).found
    assert found.startswith("http://s:8003 is not ready: kafka: cannot connect; t-0: cannot begin")
    assert found.endswith("… and 25 more (all of it: http://s:8003/readyz)")
    assert len(found) < 400


def test_refused_partitions_have_a_line_of_their_own() -> None:
    assert outcome(services.judge_refused([READY])) == "ok"
    assert outcome(services.judge_refused([AWAY])) == "not_looked_at"
    finding = services.judge_refused([READY, UNREADY, AWAY])
    assert (outcome(finding), finding.found) == ("failed", "t-0: topic_changed: of /a")
    assert "cointicker sink accept" in (finding.remedy or "")


def answer(date: datetime | None, asked: float, answered: float) -> Answer:
    return Answer(200, {}, date, asked, answered)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(0.0, "ok"), (2.5, "ok"), (2.7, "failed"), (-2.5, "ok"), (-2.7, "failed")],
)
def test_only_a_difference_that_is_proven_is_a_failure(ahead: float, expected: str) -> None:
    """The other's clock shows 1,000 s: it may be anything up to 1,001 s."""
    ours = 1000.5 - ahead
    told = answer(datetime.fromtimestamp(1000, UTC), ours - 0.1, ours + 0.1)
    assert outcome(clocks.judge([Told("namenode", "http://n:9870", told)])) == expected


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_processes_with_one_name_each_clock_is_looked_at(turn: int) -> None:
    on_time, late = (
        Told("hdfs-sink", url, answer(datetime.fromtimestamp(seconds, UTC), 1000, 1000.1))
        for url, seconds in (("http://10.0.0.1:8003", 1000), ("http://10.0.0.2:8003", 990))
    )
    assert clocks.judge([on_time, on_time]).found.startswith("hdfs-sink: no difference")
    finding = clocks.judge([on_time, late][::turn])
    assert outcome(finding) == "failed"
    assert finding.found.startswith("hdfs-sink (http://10.0.0.2:8003) is at least 9.0 s behind")


def test_clocks_that_nobody_tells_are_not_looked_at() -> None:
    silent = Told("namenode", "http://n:9870", answer(None, 0, 1))
    assert outcome(clocks.judge([silent])) == "not_looked_at"


def test_versions_are_those_that_are_known() -> None:
    told = versions.judge(["ours 1"], brokers(BROKER), [Zookeeper("z", SRVR)], [NAMENODE]).found
    assert told == "ours 1, Hadoop 3.4.3, Kafka 3.9, ZooKeeper 3.8.4"
    assert versions.judge(["ours 1"], brokers(), [], []).found == "ours 1"


def test_the_remedy_for_safe_mode_is_another_if_somebody_set_it() -> None:
    by_hand = namenode.judge([replace(NAMENODE, safe_mode=f"{ON} {MANUAL}")]).remedy or ""
    waiting = namenode.judge([replace(NAMENODE, safe_mode=f"{ON} Blocks are missing.")]).remedy
    assert "-safemode leave" in by_hand
    assert "DataNodes" in (waiting or "")


AUTOMATIC = "Safe mode will be turned off automatically in 9 seconds."


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Namenode("http://n:9870", is_starting=True), "http://n:9870 is starting"),
        (replace(NAMENODE, safe_mode=f"{ON} All is there. {AUTOMATIC}"), "is starting, in safe"),
        (Namenode("http://n:9870", silent="no answer within 5 s"), "no answer within 5 s"),
    ],
)
def test_a_namenode_that_starts_is_to_be_waited_for(seen: Namenode, told: str) -> None:
    finding = namenode.judge([seen])
    assert (outcome(finding), told in finding.found) == ("failed", True), finding
    assert (finding.remedy or "").startswith("wait")
