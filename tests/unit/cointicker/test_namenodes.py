"""The addresses of NameNodes as operators write them."""

import pytest

from cointicker.namenodes import webhdfs_urls


@pytest.mark.parametrize(
    ("addresses", "urls"),
    [
        ("hdfs://namenode:9000", ["http://namenode:9870"]),
        ("hdfs://namenode", ["http://namenode:9870"]),
        ("hdfs://namenode:9000/", ["http://namenode:9870"]),
        ("http://namenode:50070", ["http://namenode:50070"]),
        ("http://namenode", ["http://namenode:9870"]),
        ("https://namenode", ["https://namenode:9871"]),
        ("hdfs://[::1]:9000", ["http://[::1]:9870"]),
        (" hdfs://a:9000, hdfs://b:9000 ,", ["http://a:9870", "http://b:9870"]),
    ],
)
def test_an_address_is_turned_into_that_of_webhdfs(addresses: str, urls: list[str]) -> None:
    assert webhdfs_urls(addresses) == urls


def test_the_port_of_webhdfs_is_a_setting() -> None:
    assert webhdfs_urls("hdfs://a:9000,http://b:1", web_port=50070) == [
        "http://a:50070",
        "http://b:1",
    ]


@pytest.mark.parametrize(
    "addresses",
    [
        "",
        " , ",
        "namenode:9000",
        "namenode",
        "ftp://namenode",
        "hdfs://",
        "hdfs:///path",
        "hdfs://namenode:9000/cointicker",
        "hdfs://namenode:port",
        "hdfs://namenode:99999",
        "hdfs://user@namenode:9000",
        "http://namenode:9870?x=1",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_with_what_was_given(addresses: str) -> None:
    with pytest.raises(ValueError, match=r"NameNode|address|expected") as refused:
        webhdfs_urls(addresses)
    assert addresses.strip(" ,") in str(refused.value)
