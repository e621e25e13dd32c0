"""Turn an ASGI scope into a WSGI environ, believing a proxy only where one is configured."""

from __future__ import annotations

import sys
from functools import lru_cache
from ipaddress import ip_address
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from core.shell.asgi import Scope

FORWARDED = "millwright.forwarded"
# What only a proxy may say. Without a trusted proxy these are the client's own words, and dropped.
PROXY_HEADERS = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip"}
)


@lru_cache(maxsize=512)
def key_of(name: bytes) -> str | None:
    """The environ's name of a header. A name with an underscore could pass for another header and has none."""
    if b"_" in name or name in {b"transfer-encoding", b"content-length"}:
        return None
    text = name.decode("latin-1").upper().replace("-", "_")
    return text if text == "CONTENT_TYPE" else "HTTP_" + text


@lru_cache(maxsize=1024)
def may_be_proxy(peer: str | None) -> bool:
    """The same machine, a private network or a local socket: where a proxy of ours can stand."""
    if not peer:
        return True
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def address_of(text: str) -> str | None:
    """One entry of X-Forwarded-For as a plain address, with a port or brackets taken off."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def client_of(scope: Scope, *, trusted_proxy: bool) -> tuple[str, str]:
    """(address, scheme) of the caller. A trusted proxy appends the peer it saw, so the rightmost entry counts."""
    client = scope.get("client")
    peer: str = client[0] if client else ""
    scheme: str = scope.get("scheme", "http")
    if trusted_proxy and may_be_proxy(peer):
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                peer = address_of(value.decode("latin-1").rpartition(",")[2]) or peer
            elif name == b"x-forwarded-proto":
                offered = value.decode("latin-1").rpartition(",")[2].strip().lower()
                scheme = offered if offered in {"http", "https"} else scheme
    return peer, scheme


def environ_of(
    scope: Scope, body: IO[bytes], length: int | None, *, request_id: str, trusted_proxy: bool
) -> dict[str, Any]:
    """PEP 3333's dictionary: text is latin-1, the path percent-decoded byte by byte."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    path = raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    if root and path.startswith(root):
        path = path[len(root) :]
    server = scope.get("server") or ("localhost", None)
    address, scheme = client_of(scope, trusted_proxy=trusted_proxy)
    client = scope.get("client")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or (443 if scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/" + scope.get("http_version", "1.1"),
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    believe = trusted_proxy and may_be_proxy(client[0] if client else None)
    for name, value in scope["headers"]:
        if name in PROXY_HEADERS:
            environ[FORWARDED] = True
            if not believe:
                continue
        key = key_of(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        before = environ.get(key)
        if before is not None:
            text = before + ("; " if name == b"cookie" else ",") + text
        environ[key] = text
    environ["HTTP_X_REQUEST_ID"] = request_id
    return environ


class FileWrapper:
    """PEP 3333's optional file wrapper, in blocks large enough that handing them over costs little."""

    def __init__(self, file: IO[bytes], block: int = 0) -> None:
        self.file = file
        self.block = max(block, 128 * 1024)
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        data = self.file.read(self.block)
        if data:
            return data
        raise StopIteration
