"""The versions of what takes part, as far as each says its own."""

import platform
from collections.abc import Sequence
from importlib.metadata import version

from cointicker.doctor import broker
from cointicker.doctor.broker import Brokers
from cointicker.doctor.finding import Finding, ok
from cointicker.doctor.namenode import Namenode
from cointicker.doctor.zookeeper import Zookeeper

NAME = "versions"


def installed() -> list[str]:
    """Ours, as far as they matter here."""
    return [
        f"cointicker {version('cointicker')}",
        f"Python {platform.python_version()}",
        f"aiokafka {version('aiokafka')}",
    ]


def judge(
    ours: Sequence[str],
    brokers: Brokers,
    zookeepers: Sequence[Zookeeper],
    namenodes: Sequence[Namenode],
) -> Finding:
    """What can be known; one that did not answer is left out."""
    theirs = {
        *(broker.version(each) for each in brokers.answers),
        *(f"ZooKeeper {each.version}" for each in zookeepers if each.version),
        *(f"Hadoop {each.version}" for each in namenodes if each.version),
    }
    return ok(NAME, ", ".join([*ours, *sorted(theirs)]))
