"""ZooKeeper, Kafka, NameNode and DataNode as parts, on the configuration that containers mount."""

from dataclasses import dataclass
from pathlib import Path

from local import probes
from local.jars import JarCache, has_web_pages, is_agent
from local.locks import read_lock
from local.parts import Part
from local.ports import HOST, Ports
from local.rendering import render_properties, render_xml

ROOT = Path(__file__).resolve().parent.parent.parent
ZOOKEEPER, KAFKA, NAMENODE, DATANODE = "zookeeper", "kafka", "namenode", "datanode"

_HEAP = {ZOOKEEPER: "64m", KAFKA: "256m", NAMENODE: "192m", DATANODE: "192m"}
_MAIN = {
    ZOOKEEPER: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    KAFKA: "kafka.Kafka",
    NAMENODE: "org.apache.hadoop.hdfs.server.namenode.NameNode",
    DATANODE: "org.apache.hadoop.hdfs.server.datanode.DataNode",
}


@dataclass(frozen=True, slots=True)
class Jars:
    """What the servers run: a class path each, and the agent that gives figures to Prometheus."""

    kafka: str
    hdfs: str
    agent: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The four servers of one stack: where they listen, where they keep, what they run."""

    directory: Path
    ports: Ports
    java: str
    jars: Jars

    def parts(self) -> list[Part]:
        """The servers in the order in which they start; the broker needs ZooKeeper first."""
        ports = self.ports
        return [
            Part(
                ZOOKEEPER,
                self._kafka(ZOOKEEPER, ports.zookeeper_metrics, "zookeeper.properties"),
                ready=probes.zookeeper_ready(ports.zookeeper),
                port=ports.zookeeper,
            ),
            Part(
                DATANODE,
                self._hdfs(DATANODE),
                ready=probes.datanode_ready(ports.datanode_http),
                port=ports.datanode_http,
            ),
            Part(
                NAMENODE,
                self._hdfs(NAMENODE),
                ready=probes.namenode_ready(ports.namenode_http),
                port=ports.namenode_http,
            ),
            Part(
                KAFKA,
                self._kafka(KAFKA, ports.kafka_metrics, "server.properties"),
                ready=probes.broker_ready(ports.kafka, ports.zookeeper),
                may_start=probes.broker_unregistered(ports.zookeeper),
                port=ports.kafka,
            ),
        ]

    @property
    def name_directory(self) -> Path:
        """Where the NameNode keeps its image and its edits."""
        return self.directory / "data" / "name"

    def format_part(self, target: Path) -> Part:
        """The one-shot part that makes an empty NameNode in `target`."""
        name_directory = f"dfs.namenode.name.dir={target.as_uri()}"
        command = self._hdfs(NAMENODE, "-D", name_directory, "-format", "-nonInteractive")
        return Part("format", command)

    def render(self) -> None:
        """Write the shared configuration with the addresses and directories of this stack."""
        self._conf("").mkdir(parents=True, exist_ok=True)
        for folder, name, values in (
            ("kafka", "zookeeper.properties", self._zookeeper_values()),
            ("kafka", "server.properties", self._broker_values()),
            ("hdfs", "core-site.xml", self._core_values()),
            ("hdfs", "hdfs-site.xml", self._hdfs_values()),
        ):
            shared = (ROOT / folder / name).read_text(encoding="utf-8")
            render = render_xml if name.endswith(".xml") else render_properties
            self._conf(name).write_text(render(shared, values), encoding="utf-8")

    def _kafka(self, part: str, metrics_port: int, configuration: str) -> list[str]:
        agent = f"{self.jars.agent}={HOST}:{metrics_port}:{ROOT / 'kafka' / 'jmx.yml'}"
        arguments = [_MAIN[part], str(self._conf(configuration))]
        return [*self._java("kafka", part, self.jars.kafka), f"-javaagent:{agent}", *arguments]

    def _hdfs(self, part: str, *arguments: str) -> list[str]:
        return [*self._java("hdfs", part, self.jars.hdfs), _MAIN[part], *arguments]

    def _java(self, component: str, part: str, class_path: str) -> list[str]:
        return [
            self.java,
            f"@{ROOT / component / 'jvm.args'}",
            f"-Xmx{_HEAP[part]}",
            f"-Dlog4j.configuration={(ROOT / component / 'log4j.properties').as_uri()}",
            "-cp",
            f"{class_path}:{self._conf('')}",
        ]

    def _conf(self, name: str) -> Path:
        return self.directory / "conf" / name

    def _zookeeper_values(self) -> dict[str, str]:
        return {
            "dataDir": str(self.directory / "data" / "zookeeper"),
            "clientPort": str(self.ports.zookeeper),
            "clientPortAddress": HOST,
        }

    def _broker_values(self) -> dict[str, str]:
        ports = self.ports
        listeners = f"NETWORK://{HOST}:{ports.kafka},HOST://{HOST}:{ports.kafka_host}"
        return {
            "log.dirs": str(self.directory / "data" / "kafka"),
            "listeners": listeners,
            "advertised.listeners": listeners,
            "zookeeper.connect": f"{HOST}:{ports.zookeeper}",
        }

    def _core_values(self) -> dict[str, str]:
        return {
            "fs.defaultFS": f"hdfs://{HOST}:{self.ports.namenode_rpc}",
            "hadoop.tmp.dir": str(self.directory / "data" / "tmp"),
        }

    def _hdfs_values(self) -> dict[str, str]:
        ports = self.ports
        return {
            "dfs.namenode.name.dir": self.name_directory.as_uri(),
            "dfs.datanode.data.dir": (self.directory / "data" / "blocks").as_uri(),
            "dfs.namenode.rpc-bind-host": HOST,
            "dfs.namenode.http-address": f"{HOST}:{ports.namenode_http}",
            "dfs.datanode.address": f"{HOST}:{ports.datanode_data}",
            "dfs.datanode.http.address": f"{HOST}:{ports.datanode_http}",
            "dfs.datanode.ipc.address": f"{HOST}:{ports.datanode_ipc}",
            "dfs.datanode.hostname": HOST,
        }


def fetch_jars(cache: JarCache) -> Jars:
    """What the servers run, fetched if need be; HDFS with its web pages at the end."""
    kafka = read_lock(ROOT / "kafka" / "jars.lock")
    hdfs = read_lock(ROOT / "hdfs" / "jars.lock")
    files = dict(zip([*kafka, *hdfs], cache.ensure([*kafka, *hdfs]), strict=True))
    [agent] = [jar for jar in kafka if is_agent(jar)]
    [with_web] = [jar for jar in hdfs if has_web_pages(jar)]
    on_kafka_path = [str(files[jar]) for jar in kafka if jar != agent]
    on_hdfs_path = [str(files[jar]) for jar in hdfs if jar != with_web]
    return Jars(
        kafka=":".join(on_kafka_path),
        hdfs=":".join([*on_hdfs_path, str(cache.web_directory(with_web))]),
        agent=str(files[agent]),
    )
