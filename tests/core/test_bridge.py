"""The WSGI bridge under the real server, through raw sockets: what a browser, a proxy or an attacker may send."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Server:
    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "tests.core.bridge_app:application", "--port", str(self.port)),
                *("--no-access-log", "--no-proxy-headers", "--log-level", "warning"),
                *("--timeout-graceful-shutdown", "5"),
            ],
            cwd=ROOT,
            env=os.environ | environment,
            stderr=subprocess.PIPE,
        )
        self.log = b""
        self.reader = threading.Thread(target=self.drain, daemon=True)
        self.reader.start()
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.05)

    def drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def connect(self, head: str, body: bytes = b"") -> socket.socket:
        """Open a connection and send a request whose lines are separated by single newlines."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        sock.sendall(head.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return sock

    def ask(self, head: str, body: bytes = b"") -> tuple[int, dict[str, list[str]], bytes]:
        with self.connect(head + "\nConnection: close", body) as sock:
            return parse(read_all(sock))

    def state(self) -> Any:
        return json.loads(self.ask("GET /state HTTP/1.1\nHost: a")[2])


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while part := sock.recv(65536):
        data += part
    return data


def parse(data: bytes) -> tuple[int, dict[str, list[str]], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    if headers.get("transfer-encoding") == ["chunked"]:
        whole, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            number = int(size, 16)
            if not number:
                break
            whole, rest = whole + rest[:number], rest[number + 2 :]
        body = whole
    return int(first.split()[1]), headers, body


def wait_for(condition: Any, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def test_a_plain_answer_keeps_its_duplicate_headers_and_the_connection(server: Server) -> None:
    with server.connect("GET /hello HTTP/1.1\nHost: a") as sock:
        first = sock.recv(65536)
        while not first.endswith(b"hello"):
            first += sock.recv(65536)
        status, headers, body = parse(first)
        assert (status, headers["set-cookie"], body) == (200, ["a=1", "b=2"], b"hello")
        sock.sendall(b"HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        status, headers, body = parse(read_all(sock))
        assert (status, headers["content-length"], body) == (200, ["5"], b"")


def test_environ_is_what_pep_3333_asks(server: Server) -> None:
    head = """GET /a%2Fb/%C3%BC%FF?q=%C3%BC&x HTTP/1.1
Host: example.org:81
X-Twice: one
X-Twice: two
Cookie: a=1
Cookie: b=2
X_Forwarded_For: 9.9.9.9
X-Forwarded-For: 8.8.8.8
X-Forwarded-Proto: https
Forwarded: for=7.7.7.7
X-Request-ID: abcdef-0123456789"""
    environ = json.loads(server.ask(head)[2])
    assert environ["PATH_INFO"].encode("latin-1") == b"/a/b/\xc3\xbc\xff"
    assert (environ["SCRIPT_NAME"], environ["QUERY_STRING"]) == ("", "q=%C3%BC&x")
    assert (environ["HTTP_X_TWICE"], environ["HTTP_COOKIE"]) == ("one,two", "a=1; b=2")
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert environ["millwright.forwarded"] is True
    assert [key for key in environ if "FORWARDED" in key] == []
    assert environ["HTTP_X_REQUEST_ID"] == "abcdef-0123456789"
    assert (environ["SERVER_PORT"], environ["HTTP_HOST"]) == (str(server.port), "example.org:81")


@pytest.mark.parametrize("offered", ["short", "has space in it", "x" * 65, "semi;colon;here"])
def test_request_id_of_the_caller_is_taken_only_when_it_is_a_word(server: Server, offered: str) -> None:
    environ = json.loads(server.ask(f"GET / HTTP/1.1\nHost: a\nX-Request-ID: {offered}")[2])
    assert environ["HTTP_X_REQUEST_ID"] != offered
    assert len(environ["HTTP_X_REQUEST_ID"]) == 20


def test_a_trusted_proxy_names_the_client() -> None:
    server = Server(TEST_TRUSTED_PROXY="1")
    try:
        head = "GET / HTTP/1.1\nHost: a\nX-Forwarded-For: 6.6.6.6, 203.0.113.9:4711\nX-Forwarded-Proto: https"
        environ = json.loads(server.ask(head)[2])
        # The rightmost entry is the proxy's own; what stands before it, the client wrote.
        assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("203.0.113.9", "https")
    finally:
        server.stop()


def test_small_and_chunked_bodies_arrive_whole(server: Server) -> None:
    sent = server.ask("POST /sum HTTP/1.1\nHost: a\nContent-Length: 5", b"abcde")
    assert json.loads(sent[2])["size"] == 5
    chunked = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    answer = json.loads(server.ask("POST /sum HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", chunked)[2])
    assert (answer["size"], answer["length"], answer["sha"]) == (5, "5", json.loads(sent[2])["sha"])


def test_expect_continue_is_answered_before_the_body(server: Server) -> None:
    with server.connect(
        "POST /sum HTTP/1.1\nHost: a\nContent-Length: 3\nExpect: 100-continue\nConnection: close"
    ) as sock:
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        assert json.loads(parse(read_all(sock))[2])["size"] == 3


def test_a_hundred_megabytes_need_little_memory(server: Server) -> None:
    before = server.state()
    size = 100 * 1024 * 1024
    piece = b"0123456789abcdef" * 65536
    peak = 0
    with server.connect(f"POST /sum HTTP/1.1\nHost: a\nContent-Length: {size}\nConnection: close") as sock:
        for index in range(size // len(piece)):
            sock.sendall(piece)
            if index % 20 == 0:
                peak = max(peak, server.state()["rss"])
        answer = json.loads(parse(read_all(sock))[2])
    after = server.state()
    assert answer["size"] == size
    assert max(peak, after["rss"]) - before["rss"] < 16 * 1024 * 1024
    wait_for(lambda: server.state()["files"] <= before["files"])


@pytest.mark.parametrize(
    ("accept", "path", "body"),
    [
        ("*/*", "/sum", b"Request is too large.\n"),
        ("*/*", "/api/v1/x", b'{"error":"Request is too large"}'),
        ("application/json", "/sum", b'{"error":"Request is too large"}'),
    ],
)
def test_a_body_announced_too_large_is_refused_before_it_is_read(
    server: Server, accept: str, path: str, body: bytes
) -> None:
    started = server.state()["started"]
    head = f"POST {path} HTTP/1.1\nHost: a\nAccept: {accept}\nContent-Length: 999999999999\nExpect: 100-continue"
    status, headers, answer = server.ask(head)
    assert (status, answer, headers["connection"]) == (413, body, ["close"])
    assert len(headers["x-request-id"]) == 1
    assert server.state()["started"] == started + 1


def test_a_body_without_length_is_refused_when_it_passes_the_limit(server: Server) -> None:
    with server.connect("POST /sum HTTP/1.1\nHost: a\nTransfer-Encoding: chunked") as sock:
        piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        for _ in range(124):
            try:
                sock.sendall(piece)
            except OSError:
                break
        assert sock.recv(65536).startswith(b"HTTP/1.1 413")


def test_a_body_shorter_than_announced_never_reaches_the_application(server: Server) -> None:
    started = server.state()["started"]
    with server.connect("POST /sum HTTP/1.1\nHost: a\nContent-Length: 10", b"abc") as sock:
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock) == b""
    assert server.state()["started"] == started + 1


def test_a_body_that_does_not_come_is_given_up(server: Server) -> None:
    started = server.state()["started"]
    with server.connect("POST /sum HTTP/1.1\nHost: a\nContent-Length: 10", b"abc") as sock:
        status, headers, _ = parse(sock.recv(65536))
        assert (status, headers["connection"]) == (408, ["close"])
    assert server.state()["started"] == started + 1


def test_contradicting_lengths_are_refused(server: Server) -> None:
    for head in (
        "Content-Length: 3\nTransfer-Encoding: chunked",
        "Content-Length: 3\nContent-Length: 4",
        "Content-Length: -1",
    ):
        assert server.ask(f"POST /sum HTTP/1.1\nHost: a\n{head}", b"abc")[0] == 400


def test_answers_without_a_body_have_none(server: Server) -> None:
    status, headers, body = server.ask("GET /nothing HTTP/1.1\nHost: a")
    assert (status, headers["etag"], "content-length" in headers, body) == (304, ['"a"'], False, b"")


def test_pieces_are_sent_as_they_are_made(server: Server) -> None:
    with server.connect("GET /trickle HTTP/1.1\nHost: a\nConnection: close") as sock:
        begun, data = time.monotonic(), b""
        while b"0\n" not in data.partition(b"\r\n\r\n")[2]:
            data += sock.recv(4096)
        assert time.monotonic() - begun < 0.3
        assert parse(data + read_all(sock))[2] == b"0\n1\n2\n3\n4\n"


def test_a_file_is_sent_whole(server: Server) -> None:
    status, headers, body = server.ask("GET /file HTTP/1.1\nHost: a")
    assert (status, len(body)) == (200, int(headers["content-length"][0]))


def test_clients_that_leave_free_their_threads(server: Server) -> None:
    closed = server.state()["closed"]
    for _ in range(3):
        socks = [server.connect("GET /endless HTTP/1.1\nHost: a") for _ in range(2)]
        for sock in socks:
            assert sock.recv(100000)
        for sock in socks:
            sock.close()
    wait_for(lambda: server.state()["closed"] == closed + 6)
    assert server.state()["streams"] == 0


def test_a_reader_that_stands_still_loses_its_connection_and_not_our_memory(server: Server) -> None:
    before = server.state()
    with server.connect("GET /endless HTTP/1.1\nHost: a"):
        time.sleep(0.5)
        during = server.state()
        assert during["streams"] == 1
        assert during["rss"] - before["rss"] < 8 * 1024 * 1024
        wait_for(lambda: server.state()["streams"] == 0)


def test_an_error_is_a_plain_500_without_its_detail(server: Server) -> None:
    status, _, body = server.ask("GET /crash HTTP/1.1\nHost: a")
    assert (status, body) == (500, b"Internal error.\n")
    wait_for(lambda: b"secret detail" in server.log)


def test_an_error_in_the_middle_cuts_the_answer(server: Server) -> None:
    with server.connect("GET /broken HTTP/1.1\nHost: a") as sock:
        data = read_all(sock)
    assert b"first" in data
    assert not data.endswith(b"0\r\n\r\n")


def test_too_many_waiting_requests_are_refused_at_once(server: Server) -> None:
    socks = [server.connect("GET /sleep?0.5 HTTP/1.1\nHost: a\nConnection: close") for _ in range(6)]
    time.sleep(0.2)
    begun = time.monotonic()
    status, headers, _ = server.ask("GET /hello HTTP/1.1\nHost: a")
    assert (status, headers["retry-after"]) == (503, ["2"])
    assert time.monotonic() - begun < 0.4
    assert [parse(read_all(sock))[0] for sock in socks] == [200] * 6
    assert server.ask("GET /hello HTTP/1.1\nHost: a")[0] == 200


def test_a_request_whose_client_left_while_it_waited_is_not_run(server: Server) -> None:
    before = server.state()
    busy = [server.connect("GET /sleep?0.6 HTTP/1.1\nHost: a\nConnection: close") for _ in range(2)]
    time.sleep(0.1)
    waiting = server.connect("GET /endless HTTP/1.1\nHost: a")
    time.sleep(0.1)
    waiting.close()
    assert [parse(read_all(sock))[0] for sock in busy] == [200, 200]
    after = server.state()
    assert (after["streams"], after["closed"]) == (0, before["closed"])


def test_shutdown_lets_requests_finish() -> None:
    server = Server()
    with server.connect("GET /sleep?1 HTTP/1.1\nHost: a") as sock:
        time.sleep(0.2)
        server.process.terminate()
        assert parse(read_all(sock))[0] == 200
    assert server.process.wait(5) in {0, -15}
