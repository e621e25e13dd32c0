"""Take a request's body in before a thread is spent on it: small ones in memory, large ones in a nameless file."""

from __future__ import annotations

import asyncio
import tempfile
from io import BytesIO
from typing import IO

from core.shell.asgi import Receive, Scope

IN_MEMORY = 1024 * 1024
IDLE_SECONDS = 20.0
# Whoever sends slower than this for longer than the grace holds a connection for nothing.
GRACE_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 4096


class TooLargeError(Exception):
    """More than the limit, said or sent."""


class TooSlowError(Exception):
    """Nothing for a while, or a trickle."""


class GoneError(Exception):
    """The client went away; nobody waits for an answer."""


class MalformedError(Exception):
    """A Content-Length that is not one."""


def declared_length(scope: Scope) -> tuple[int | None, bool]:
    """(Content-Length or None, whether a body follows at all)."""
    length: int | None = None
    chunked = False
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit() or (length is not None and length != int(value)):
                raise MalformedError
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = True
    return length, chunked or bool(length)


async def read_body(receive: Receive, limit: int) -> tuple[IO[bytes], int]:
    """The whole body as a file at its start, and its true length. Never holds more than a megabyte in memory."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    parts: list[bytes] = []
    held = size = 0
    spool: IO[bytes] | None = None
    try:
        while True:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    message = await receive()
            except TimeoutError:
                raise TooSlowError from None
            if message["type"] == "http.disconnect":
                raise GoneError
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise TooLargeError
            if loop.time() - started > GRACE_SECONDS + size / SLOWEST_BYTES_PER_SECOND:
                raise TooSlowError
            if part:
                parts.append(part)
                held += len(part)
            if not message.get("more_body", False):
                break
            if held > IN_MEMORY:
                if spool is None:
                    spool = tempfile.TemporaryFile()  # noqa: SIM115 (the thread that reads it closes it)
                # A full disk cache makes writes wait, and the loop must not.
                await loop.run_in_executor(None, spool.writelines, parts)
                parts, held = [], 0
        if spool is None:
            return BytesIO(b"".join(parts)), size
        await loop.run_in_executor(None, spool.writelines, parts)
        spool.seek(0)
    except BaseException:
        if spool is not None:
            spool.close()
        raise
    return spool, size


async def discard(receive: Receive, limit: int, seconds: float) -> None:
    """Read on for a moment after a refusal: closing while bytes arrive would reset the connection over the answer."""
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while size < limit:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                size += len(message.get("body", b""))
    except TimeoutError:
        return
