"""Figures of starting: `make demo` on a machine that knows it, and on one that has nothing of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.results import Figure, at_most, note
from bench.world import ROOT

WARM_STARTS = 5


def warm() -> list[Figure]:
    """The median of five starts after the first; a start ends when the sign-in page has arrived."""
    with tempfile.TemporaryDirectory(prefix="mw-bench-start-") as folder:
        Path(folder).chmod(0o755)
        environment = clean_environment() | {"MILLWRIGHT_VAR": folder}
        first, loaded = start_and_stop(ROOT, environment, 180)
        times = sorted(start_and_stop(ROOT, environment, 60)[0] for _ in range(WARM_STARTS))
    return [
        at_most("start-warm", "`make demo`, everything there, to the first page", times[WARM_STARTS // 2], "s", 6),
        note("start-first", "`make demo` with packages but without data, to the first page", first, "s"),
        note("start-first-ready", "the same until it says that it is ready, demo data and all", loaded, "s"),
    ]


def bare_machine() -> list[Figure]:
    """A copy of the last commit in an empty directory: virtual environment, packages, database, data, first page.

    What the system itself must bring is there (Python 3.11, make); pip's cache is not used.
    """
    folder = Path(tempfile.mkdtemp(prefix="mw-bench-bare-"))
    folder.chmod(0o755)
    try:
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "x", "-C", folder], input=archive, check=True)
        environment = clean_environment() | {"PIP_NO_CACHE_DIR": "1"}
        seconds, loaded = start_and_stop(folder, environment, 400)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        at_most("start-bare-machine", "bare machine to the first page, packages downloaded", seconds, "s", 90),
        at_most("start-bare-ready", "the same until it says that it is ready, demo data and all", loaded, "s", 90),
    ]


def clean_environment() -> dict[str, str]:
    kept = {"PATH", "HOME", "LANG", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "SSL_CERT_FILE"}
    return {name: value for name, value in os.environ.items() if name in kept or name.lower().endswith("_proxy")}


def start_and_stop(checkout: Path, environment: dict[str, str], patience: float) -> tuple[float, float]:
    """Seconds from the command to a page that answers 200, and to the line that says "ready"; then it is stopped."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "demo", f"PORT={port}"],
        cwd=checkout,
        env=environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    reader = threading.Thread(target=listen, args=(process, said), daemon=True)
    reader.start()

    def until(happened: Callable[[], bool]) -> float:
        while not happened():
            if process.poll() is not None or time.monotonic() - began > patience:
                raise RuntimeError("make demo does not come up:\n" + "".join(said)[-2000:])
            time.sleep(0.02)
        return time.monotonic() - began

    try:
        return until(lambda: first_page(port)), until(lambda: any("is ready at" in line for line in said))
    finally:
        # As Ctrl-C does: to the whole group of processes.
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        reader.join(5)


def listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stdout is not None
    said.extend(process.stdout)


def first_page(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            request = f"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
