"""Row 55: a virus scanner on loopback that finds something, that is fine with it, and that is away."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import virus_scan
from core.errors import Invalid
from media import actions
from tests.house import House
from tests.media_files import PDF, on_disk

# The test file of all scanners, in two halves: whole, it would be found in this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"


def serve(listener: socket.socket, heard: list[bytes]) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with line, line.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            data = b""
            while size := struct.unpack(">I", stream.read(4))[0]:
                data += stream.read(size)
            heard.append(data)
            found = EICAR[-20:] in data
            line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[list[bytes]]:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.CLAMD_ADDRESS = f"127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=serve, args=(listener, heard), daemon=True).start()
        yield heard
        listener.shutdown(socket.SHUT_RDWR)


def put(house: House, data: bytes, name: str) -> Any:
    return actions.store(by=None, tenant_id=house.tenant.pk, content=data, name=name)


def test_the_scanner_sees_every_byte_and_says_yes(house: House, disk: Path, clamd: list[bytes]) -> None:
    data = PDF + b"x" * 700_000
    with house.inside():
        file = put(house, data, "a.pdf")
    assert clamd == [data]
    assert (disk / file.stored_name).read_bytes() == data


def test_what_it_finds_is_not_kept(house: House, disk: Path, clamd: list[bytes]) -> None:
    with house.refuses(Invalid, field="file"):
        put(house, EICAR, "eicar.txt")
    assert on_disk(disk) == []


def test_without_an_answer_nothing_is_taken(house: House, disk: Path, settings: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    for address in (nobody, str(tmp_path / "no.socket")):
        settings.CLAMD_ADDRESS = address
        with house.refuses(virus_scan.ScannerAway, code="scanner"):
            put(house, PDF, "a.pdf")
    assert on_disk(disk) == []
