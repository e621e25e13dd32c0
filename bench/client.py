"""A keep-alive HTTP client as thin as can be, so that the server's time is what is measured."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    def json(self) -> object:
        return orjson.loads(self.body)

    @property
    def gzipped(self) -> int:
        """Bytes on the wire as nginx would send them; what is compressed already counts as it is."""
        return len(self.body) if self.headers.get("content-encoding") else len(gzip.compress(self.body, 6))


class Client:
    """One connection to one server. `headers` go out with every request."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.headers = {"Host": f"127.0.0.1:{port}", **(headers or {})}
        self._socket: socket.socket | None = None
        self._rest = b""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Answer:
        return self.send("POST", path, orjson.dumps(body), {"Content-Type": "application/json", **(headers or {})})

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**self.headers, **(headers or {})}.items())]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        request = "\r\n".join([*lines, "", ""]).encode() + body
        connection = self._socket or self._connect()
        began = time.perf_counter()
        connection.sendall(request)
        status, found, content = self._read(connection)
        seconds = time.perf_counter() - began
        if found.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, found, content, seconds)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket, self._rest = None, b""

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _read(self, connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more(connection)
        first, *rest = data[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        data = data[end + 4 :]
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                while (line := data.find(b"\r\n")) < 0:
                    data += self._more(connection)
                size = int(data[:line], 16)
                while len(data) < line + 2 + size + 2:
                    data += self._more(connection)
                body, data = body + data[line + 2 : line + 2 + size], data[line + 2 + size + 2 :]
                if size == 0:
                    break
        else:
            length = int(headers.get("content-length", "0"))
            while len(data) < length:
                data += self._more(connection)
            body, data = data[:length], data[length:]
        self._rest = data
        return int(first.split(" ", 2)[1]), headers, body

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        data = connection.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
