"""Where the NameNodes are: from the addresses that operators write to WebHDFS."""

from urllib.parse import urlsplit

WEB_PORT = 9870
_HTTPS_PORT = 9871


def webhdfs_urls(addresses: str, web_port: int = WEB_PORT) -> list[str]:
    """The WebHDFS addresses of one NameNode, or of a pair separated by a comma.

    `http(s)://host[:port]` is taken as it is; `hdfs://host[:9000]` names the RPC port, which
    WebHDFS does not use: it becomes `http://host:<web_port>`. Raises ValueError.
    """
    parts = [part.strip() for part in addresses.split(",") if part.strip()]
    if not parts:
        raise ValueError("no NameNode is named, expected hdfs://host:9000 or http://host:9870")
    return [_url(part, web_port) for part in parts]


def _url(address: str, web_port: int) -> str:
    try:
        split = urlsplit(address)
        host, port = split.hostname, split.port
    except ValueError as error:
        raise ValueError(f"{address!r} is not an address: {error}") from error
    if split.scheme not in ("hdfs", "http", "https") or not host:
        raise ValueError(f"{address!r}: expected hdfs://host:9000 or http://host:9870")
    if split.path not in ("", "/") or split.query or split.fragment or split.username:
        raise ValueError(f"{address!r}: expected no more than scheme, host and port")
    host = f"[{host}]" if ":" in host else host
    if split.scheme == "hdfs":
        return f"http://{host}:{web_port}"
    default = _HTTPS_PORT if split.scheme == "https" else WEB_PORT
    return f"{split.scheme}://{host}:{port or default}"
