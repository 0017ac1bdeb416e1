"""A NameNode over HTTP that answers as a test scripts it: what a real one rarely says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Reply(NamedTuple):
    """One answer, none at all with status 0; `cut` ends it after that many bytes of the body."""

    status: int = 200
    body: bytes = b"{}"
    location: str | None = None
    cut: int | None = None


Script = Callable[[str, str], Reply]


def refusal(exception: str, message: str = "no", status: int = 403) -> Reply:
    """What a NameNode answers when it refuses."""
    document = {"RemoteException": {"exception": exception, "message": message}}
    return Reply(status, json.dumps(document).encode())


class HttpNamenode:
    """`asked` is every operation in order, `url` where it listens."""

    def __init__(self, server: ThreadingHTTPServer, script: Script) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.asked: list[str] = []
        self.script = script


@asynccontextmanager
async def http_namenode(script: Script) -> AsyncIterator[HttpNamenode]:
    """Serve `script`, which is given the operation and the path, until the context ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    namenode = HttpNamenode(server, script)
    server.RequestHandlerClass = lambda *arguments: _Answering(namenode, *arguments)
    serving = asyncio.create_task(asyncio.to_thread(server.serve_forever, 0.01))
    try:
        yield namenode
    finally:
        await asyncio.to_thread(server.shutdown)
        await serving
        await asyncio.to_thread(server.server_close)


class _Answering(BaseHTTPRequestHandler):
    def __init__(self, namenode: HttpNamenode, *arguments: object) -> None:
        self._namenode = namenode
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = parse_qs(split.query).get("op", [split.path])[0]
        self._namenode.asked.append(operation)
        reply = self._namenode.script(operation, split.path.removeprefix("/webhdfs/v1"))
        if not reply.status:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.location:
            self.send_header("Location", reply.location)
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])

    do_PUT = do_GET  # noqa: N815 (the names that http.server looks for)
    do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
