"""Figures of exports: 200,000 rows as CSV and as a workbook, from the request to the last byte, and what the server grows by."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass

from bench.results import Figure, at_most, note
from bench.world import World

PATH = "/api/v1/work-orders/export"
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    first: float
    whole: float
    size: int
    rows: int
    memory: float


def exporting(world: World) -> list[Figure]:
    # A worker of its own: what others made it remember is not the export's.
    port = world.server("export", "config.asgi:application", workers=1)
    _, processes = world.servers["export"]
    pids = [process.pid for process in processes]
    taken(port, world.bearer, f"{PATH}?priority=high", pids)  # warm
    plain = taken(port, world.bearer, PATH, pids)
    book = taken(port, world.bearer, f"{PATH}?format=xlsx", pids)
    return [
        at_most("export-first-byte", f"CSV of {plain.rows:,} rows: first byte", plain.first, "s", 0.5),
        Figure(
            "export-rows", f"… {plain.size / 1e6:.0f} MB in {plain.whole:.1f} s", round(plain.rows / plain.whole),
            "rows/s", "≥ 30000", plain.rows / plain.whole >= 30_000,
        ),
        at_most("export-memory", "… a web worker at its largest", plain.memory, "MB", 150),
        note("export-xlsx-first-byte", "the same as a workbook: first byte", book.first, "s"),
        note("export-xlsx", f"… whole, {book.size / 1e6:.0f} MB", book.whole, "s"),
        at_most("export-xlsx-memory", "… a web worker at its largest", book.memory, "MB", 150),
    ]  # fmt: skip


def taken(port: int, headers: dict[str, str], path: str, pids: list[int]) -> Taken:
    """One request over a connection of its own, read as it comes."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    began = time.perf_counter()
    first, size, rows, memory, head = 0.0, 0, 0, 0.0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        while piece := connection.recv(PIECE):
            first = first or time.perf_counter() - began
            head = head or piece[:12]
            size += len(piece)
            rows += piece.count(b"\n")
            memory = max(memory, *(resident(pid) for pid in pids))
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path} answered {head!r}")
    return Taken(first, time.perf_counter() - began, size, rows, memory)


def resident(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as text:
        return int(text.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
