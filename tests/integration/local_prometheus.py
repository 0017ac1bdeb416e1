"""Prometheus as a part of a stack, on the configuration that the container mounts."""

import shutil
from collections.abc import Mapping
from typing import Any

import yaml

from local.cluster import ROOT
from local.errors import StackError
from local.parts import Part
from local.ports import HOST, Ports
from local.probes import http_ready
from local.stack import Stack

_FOLDER = ROOT / "monitoring"
_TARGETS = ("static_configs", "dns_sd_configs", "file_sd_configs")


def prometheus(stack: Stack) -> Part:
    """The Prometheus of a stack.

    Raises a StackError if there is no Prometheus on this machine.
    """
    binary = shutil.which("prometheus")
    if binary is None:
        raise StackError("no prometheus on the PATH: install it (Debian: apt install prometheus)")
    configuration = stack.directory / "conf" / "prometheus.yml"
    shared = (_FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    configuration.write_text(render(shared, jobs(stack.ports)), encoding="utf-8")
    port = stack.ports.prometheus
    command = [
        binary,
        f"--config.file={configuration}",
        f"--storage.tsdb.path={stack.directory / 'data' / 'prometheus'}",
        f"--web.listen-address={HOST}:{port}",
        "--log.level=warn",
    ]
    return Part("prometheus", command, ready=http_ready(port, "/-/ready"), port=port)


def jobs(ports: Ports) -> dict[str, int]:
    """Where each job of the configuration finds its metrics in a stack with these ports."""
    return {
        "collector": ports.collector,
        "processor": ports.processor,
        "hdfs-sink": ports.hdfs_sink,
        "insights": ports.insights,
        "kafka": ports.kafka_metrics,
        "zookeeper": ports.zookeeper_metrics,
        "namenode": ports.namenode_http,
        "datanode": ports.datanode_http,
        "prometheus": ports.prometheus,
    }


def render(shared: str, targets: Mapping[str, int]) -> str:
    """The shared configuration with other targets, and the rules where they are."""
    configuration: dict[str, Any] = yaml.safe_load(shared)
    configuration["rule_files"] = [str(_FOLDER / each) for each in configuration["rule_files"]]
    for job in configuration["scrape_configs"]:
        name = job["job_name"]
        if name not in targets:
            raise StackError(f"monitoring/prometheus.yml: no part of the stack is the job {name}")
        for kind in _TARGETS:
            job.pop(kind, None)
        job["static_configs"] = [{"targets": [f"{HOST}:{targets[name]}"]}]
    return yaml.safe_dump(configuration, sort_keys=False)
