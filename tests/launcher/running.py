"""A real `manage.py up` under test: its processes by name, its answers, its end."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config import embedded

MARKS = {
    "web": "uvicorn",
    "worker": "celery -A config.celery worker",
    "beat": "celery -A config.celery beat",
    "postgres": "bin/postgres -D",
    "valkey": "valkey-server",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(state: Path, port: int) -> dict[str, str]:
    """What a newcomer's shell has: nothing of this test run's own settings."""
    ours = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "HOST", "WEB_WORKERS"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"ENVIRONMENT": "local", "MILLWRIGHT_VAR": str(state), "PORT": str(port)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(embedded.ROOT / "manage.py"), "up", *arguments]


def eventually(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.03)
    return False


def processes() -> Iterator[tuple[int, int, str]]:
    """(pid, parent, command line) of everything that runs; the dead that nobody has collected are left out."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if state != "Z":
            yield int(entry.name), int(parent), line


def alive(pid: int) -> bool:
    return any(pid == running for running, _, _ in processes())


def below(ancestor: int) -> set[int]:
    """All descendants of a process."""
    table = [(pid, parent) for pid, parent, _ in processes()]
    found = {ancestor}
    while more := {pid for pid, parent in table if parent in found} - found:
        found |= more
    return found - {ancestor}


class Running:
    """One state directory and the `up` that runs on it."""

    def __init__(self, **given: str) -> None:
        self.given = given  # names of the environment on top of a newcomer's
        self.state = Path(tempfile.mkdtemp(prefix="mw-up-", dir="/tmp"))
        self.state.chmod(0o755)
        self.port = free_port()
        self.output = self.state / "output"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        with self.output.open("wb") as output:
            process = self.process = subprocess.Popen(
                command("--no-demo"),
                env=environment(self.state, self.port) | self.given,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(lambda: "is ready at" in self.text() or process.poll() is not None, 90)
        assert "is ready at" in self.text(), self.text()

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def child(self, name: str) -> int | None:
        found = [pid for pid, parent, line in processes() if parent == self.pid and MARKS[name] in line]
        return found[0] if found else None

    def family(self) -> set[int]:
        """All processes below the supervisor."""
        return below(self.pid)

    def get(self, path: str, timeout: float = 10) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def is_ready(self) -> bool:
        return self.get("/readyz") == 200

    def end(self, signum: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(30)

    def forget(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.state, ignore_errors=True)
