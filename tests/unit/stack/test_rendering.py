"""The local stack runs on the containers' configuration: addresses and directories apart."""

import difflib
import re
from pathlib import Path

import pytest

from local.cluster import ROOT, Cluster, Jars
from local.errors import StackError
from local.ports import Ports
from local.rendering import render_properties, render_xml

PROPERTIES = "# a=0\na=1\nlog.a=1\nb=two words\n"
XML = """<configuration>
  <!-- why -->
  <property>
    <name>a</name>
    <value>1</value>
  </property>
  <property><name>a.b</name><value>2</value></property>
</configuration>
"""
OF_THE_MACHINE = {
    "kafka/zookeeper.properties": {"dataDir", "clientPort", "clientPortAddress"},
    "kafka/server.properties": {
        "log.dirs",
        "listeners",
        "advertised.listeners",
        "zookeeper.connect",
    },
    "hdfs/core-site.xml": {"fs.defaultFS", "hadoop.tmp.dir"},
    "hdfs/hdfs-site.xml": {
        "dfs.namenode.name.dir",
        "dfs.datanode.data.dir",
        "dfs.namenode.rpc-bind-host",
        "dfs.namenode.http-address",
        "dfs.datanode.address",
        "dfs.datanode.http.address",
        "dfs.datanode.ipc.address",
        "dfs.datanode.hostname",
    },
}


def test_a_property_is_changed_and_its_like_are_not() -> None:
    assert render_properties(PROPERTIES, {"a": "9"}) == "# a=0\na=9\nlog.a=1\nb=two words\n"


def test_a_setting_is_changed_and_the_comments_stay() -> None:
    assert render_xml(XML, {"a": "<x>"}) == XML.replace(">1<", ">&lt;x&gt;<")
    assert render_xml(XML, {"a.b": "3"}) == XML.replace(">2<", ">3<")


def test_a_value_is_taken_as_it_is() -> None:
    value = r"\1 \g(0) \n"
    assert f"\na={value}\n" in render_properties(PROPERTIES, {"a": value})
    assert f"<value>{value}</value>" in render_xml(XML, {"a": value})


def test_a_setting_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(StackError, match="c is set 0 times"):
        render_properties(PROPERTIES, {"c": "1"})
    with pytest.raises(StackError, match="c is set 0 times"):
        render_xml(XML, {"c": "1"})


@pytest.mark.parametrize("name", OF_THE_MACHINE)
def test_only_addresses_and_directories_differ(tmp_path: Path, name: str) -> None:
    Cluster(tmp_path, Ports(zookeeper=1), "java", Jars("", "", "")).render()
    shared = (ROOT / name).read_text()
    rendered = (tmp_path / "conf" / Path(name).name).read_text()
    assert _changed(shared, rendered) <= OF_THE_MACHINE[name]
    assert str(tmp_path) in rendered


def _changed(shared: str, rendered: str) -> set[str]:
    """The names of the settings that differ."""
    differences = difflib.ndiff(_settings(shared), _settings(rendered))
    return {line[2:].partition("=")[0] for line in differences if line[0] in "+-"}


def _settings(text: str) -> list[str]:
    """Every line of a file; a setting in XML becomes one line, `name=value`."""
    one_line = re.sub(r"<name>(.*?)</name>\s*<value>(.*?)</value>", r"\n\1=\2\n", text)
    return one_line.splitlines()
