"""The whole system as `make demo` runs it, beside the test run's services: web server, worker, demo data, mails."""

from __future__ import annotations

import email
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connections

from config import embedded
from tests import database
from tests.live.process import database_url
from workorders import catalogue

ROOT = Path(__file__).resolve().parents[2]
WEB = ("-m", "uvicorn", "config.asgi:application", "--loop", "uvloop", "--http", "httptools")
WEB_OPTIONS = ("--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "5")
WORKER = ("-m", "celery", "-A", "config.celery", "worker", "--pool", "solo", "--loglevel", "WARNING")


class Site:
    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.state = embedded.state_dir()
        self.logs = self.state / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.mails = self.state / "mail"
        self.mails.mkdir(parents=True, exist_ok=True)
        for old in self.mails.iterdir():
            old.unlink()
        self.name = "browser_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.prepare_database()
        with self.database():
            address = database_url()
        # As a person runs it at home: mails go to a folder, the demo may be loaded.
        self.environment = os.environ | {
            "ENVIRONMENT": "local",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": address,
            "REDIS_URL": settings.REDIS_URL,
            "BASE_URL": self.url,
            "PORT": str(self.port),
            "LOG_FORMAT": "json",
        }
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.demo: subprocess.Popen[bytes] | None = None
        self.files: list[IO[bytes]] = []

    def prepare_database(self) -> None:
        """A copy of the migrated template that the test run has made."""
        with database.owner_connection("postgres") as connection:
            names = [row[0] for row in connection.execute("select datname from pg_database")]
        template = next(name for name in names if name.endswith(f"_{database._fingerprint()}"))
        database._recreate(self.name, template)

    @contextmanager
    def database(self) -> Iterator[None]:
        """The ORM of this process looks at the site's database, to prepare or to read what no page shows."""
        before = settings.DATABASES["default"]["NAME"]
        database._point_to(self.name)
        try:
            yield
        finally:
            connections.close_all()
            database._point_to(before)
            # The demo's tenants have the same ids in every database.
            catalogue._known.clear()

    def spawn(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.logs / f"browser-{name}.log").open("ab")
        self.files.append(log)
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
        )

    def load_demo(self) -> subprocess.Popen[bytes]:
        self.demo = self.spawn("demo", "manage.py", "load_demo")
        return self.demo

    def start(self) -> None:
        self.web = self.spawn("web", *WEB, "--port", str(self.port), *WEB_OPTIONS)

    def start_worker(self) -> None:
        self.worker = self.spawn("worker", *WORKER)

    def wait(self, seconds: float = 60) -> None:
        """Until the server answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                connection = http.client.HTTPConnection("localhost", self.port, timeout=10)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            assert self.web
            assert self.web.poll() is None, (self.logs / "browser-web.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut: no farewell to anybody."""
        assert self.web
        self.web.send_signal(signal.SIGKILL)
        self.web.wait(10)

    def stop(self) -> None:
        for process in (self.web, self.worker, self.demo):
            if process and process.poll() is None:
                process.terminate()
        for process in (self.web, self.worker, self.demo):
            if process:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
        for file in self.files:
            file.close()
        with database.owner_connection("postgres") as connection:
            connection.execute(f'drop database if exists "{self.name}" with (force)')

    def mail_to(self, address: str, seconds: float = 30) -> Message:
        """The latest mail to this address, as soon as it has been sent."""
        deadline = time.monotonic() + seconds
        while True:
            for file in sorted(self.mails.iterdir(), reverse=True):
                for part in re.split(rb"-{79}\n", file.read_bytes()):
                    if address.encode() in part:
                        return email.message_from_bytes(part)
            assert time.monotonic() < deadline, f"no mail to {address}"
            time.sleep(0.1)

    def link_in_mail(self, address: str) -> str:
        body = self.mail_to(address).get_payload()
        found = re.search(rf"{self.url}\S+", str(body))
        assert found, body
        return found.group()
