"""Ask a virus scanner (clamd's INSTREAM protocol), when one is configured. Away means no: nothing unchecked is taken."""

from __future__ import annotations

import socket
import struct
from typing import IO, Any

import structlog
from django.conf import settings

from core.errors import DomainError, Invalid

BLOCK = 256 * 1024
SECONDS = 60.0
log = structlog.get_logger("millwright.files")


class ScannerAway(DomainError):
    """Nobody answers, so nothing can be taken."""

    code = "scanner"
    headline = "Files cannot be checked now"


def scan(content: IO[Any]) -> None:
    """`Invalid` when something was found, `ScannerAway` when nobody could look. Does nothing without a scanner."""
    if not settings.CLAMD_ADDRESS:
        return
    try:
        answer = ask(settings.CLAMD_ADDRESS, content)
    except OSError as error:
        log.exception("scanner_away")
        raise ScannerAway("The virus scanner does not answer. Nothing was saved; try again in a moment.") from error
    if answer.endswith("OK"):
        return
    if answer.endswith("FOUND"):
        log.warning("virus_found", answer=answer)
        raise Invalid({"file": "The virus scanner found something in this file. It was not saved."})
    log.error("scanner_answer", answer=answer)
    raise ScannerAway("The virus scanner could not check this file. Nothing was saved; try again in a moment.")


def ask(address: str, content: IO[Any]) -> str:
    """`address` is `host:port`, or the path of a local socket."""
    content.seek(0)
    with connected(address) as line:
        line.sendall(b"zINSTREAM\0")
        while block := content.read(BLOCK):
            line.sendall(struct.pack(">I", len(block)) + block)
        line.sendall(struct.pack(">I", 0))
        answer = b""
        while part := line.recv(4096):
            answer += part
    content.seek(0)
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(address)
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
