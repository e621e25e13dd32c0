"""`manage.py up`: the whole system in one terminal.

Starts PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name real ones), migrates, loads the demo, then keeps
web, worker and beat running. What dies is started again; Ctrl-C stops everything in order; kill -9 of this process
leaves nothing running. Does not import Django itself: that second is spent in the children, side by side.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import ipaddress
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config import children, embedded, readiness

SIGN_INS = (
    "sign in as dispatcher@north-pit.example (also admin@ manager@ technician@ technician2@ storekeeper@ requester@ "
    "viewer@, and the same @west-campus.example), password millwright-demo"
)
STEADY_SECONDS = 30  # a child that lived this long is started again at once
LONGEST_PAUSE = 15.0


class Refusal(Exception):
    """The start is refused; the message says why and what to do."""


@dataclass
class Kept:
    """Something to keep running: how to start, to ask, to stop it, and how often it died lately."""

    name: str
    start: Callable[[], None]
    process: Callable[[], subprocess.Popen[bytes] | None]
    stop: Callable[[], None]
    log: Path
    deaths: int = 0
    started_at: float = 0.0
    next_start: float | None = None
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    demo: bool
    workers: int
    follow_parent: bool


def parse(argv: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Run the whole system: database, broker, web server, worker and beat."
    )
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=_number("PORT", 8000), help="port (default: PORT or 8000)")
    parser.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, default=True, help="load the two demo tenants (default: yes)"
    )
    parser.add_argument("--workers", type=int, default=_number("WEB_WORKERS", 1), help="web processes")
    parser.add_argument("--follow-parent", action="store_true", help="stop when the process that started this one ends")
    given = parser.parse_args(argv)
    given.workers = max(1, given.workers)
    return Options(**vars(given))


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit():
        raise Refusal(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def check(options: Options) -> None:
    """What must hold before anything starts."""
    embeds = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    if os.environ.get("ENVIRONMENT") == "production" and (options.demo or embeds):
        raise Refusal(
            "ENVIRONMENT=production: demo data and embedded services are refused. Set DATABASE_URL and REDIS_URL and "
            "give --no-demo, or run the units in deploy/ (see docs/deploy.md)."
        )
    if (options.demo or embeds) and not is_loopback(options.host):
        raise Refusal(
            f"{options.host} is not a loopback address. The demo's passwords are public, so it listens on this machine "
            "only: use 127.0.0.1. To serve others, see docs/deploy.md."
        )
    if not 0 < options.port < 65536:
        raise Refusal(f"{options.port} is not a port.")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(options: Options) -> socket.socket:
    """The listening socket. It stays open here, so that a request made while the web process restarts only waits."""
    host = options.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted connections inherit this. uvicorn takes a socket given by number for a local one and does not set it itself;
    # without it every answer on a kept connection waits 40 ms for the reader's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, options.port))
    except OSError as error:
        raise Refusal(
            f"Port {options.port} cannot be used ({error.strerror}). Choose another one: PORT=8001 make demo"
        ) from None
    listener.listen(1024)
    return listener


class Supervisor:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.state = embedded.state_dir()
        self.logs = self.state / "log"
        self.kept: list[Kept] = []
        self.stopping = 0
        self.lock: IO[str] | None = None
        self.listener: socket.socket | None = None
        self.environment = dict(os.environ)
        self.environment.setdefault("PORT", str(options.port))
        self.environment["PYTHONUNBUFFERED"] = "1"
        if options.workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            self.environment["PROMETHEUS_MULTIPROC_DIR"] = str(self.state / "metrics")

    def run(self) -> int:
        wakeups = self._catch_signals()
        if self.options.follow_parent:  # make does not pass on a kill -9
            children.die_with_parent(os.getppid(), signal.SIGTERM)
        try:
            self._take_lock()
            self.listener = listen(self.options)
            begun = time.monotonic()
            self._start_services()
            self._start_application()
            self._announce(begun)
            while not self.stopping:
                self._tend()
                self._sleep(wakeups)
        except _Stopped:
            pass
        finally:
            self._stop_all()
        return 0

    # Starting

    def _take_lock(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        lock = (self.state / "up.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Refusal(
                f"Millwright already runs on {self.state} ({lock.read().strip() or 'starting'}). Stop it with "
                "Ctrl-C there, or set MILLWRIGHT_VAR to another directory and PORT to another port."
            ) from None
        self.lock = lock
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}, port {self.options.port}")
        self.lock.flush()

    def _start_services(self) -> None:
        services: list[embedded.Postgres | embedded.Valkey] = []
        if not os.environ.get("DATABASE_URL"):
            services.append(embedded.Postgres(self.state))
        if not os.environ.get("REDIS_URL"):
            services.append(embedded.Valkey(self.state))
        if services and embedded.services_dir(self.state) != self.state:
            say(
                f"The database's unprivileged user cannot reach {self.state}; its data is kept in "
                f"{embedded.services_dir(self.state)}."
            )
        for service in services:
            self.kept.append(_keep_service(service))
            service.launch()
        for service in services:
            service.start()
            self._heed()
        if not os.environ.get("DATABASE_URL"):
            embedded.ensure_roles(self.state)

    def _start_application(self) -> None:
        """Migrate, then start web and worker; the demo loads beside them, beat comes when all is quiet."""
        if not readiness.is_migrated():
            self._run_manage("migrate", "--verbosity", "0")
            readiness.note_migrated()
        loading = None
        if self.options.demo and not readiness.is_demo_loaded():
            say("Loading the demo data ...")
            loading = self._spawn_manage("load_demo")
        if "PROMETHEUS_MULTIPROC_DIR" in self.environment and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            shutil.rmtree(self.state / "metrics", ignore_errors=True)
            (self.state / "metrics").mkdir()
        (self.state / "static").mkdir(exist_ok=True)  # whitenoise looks for it, collected files or not
        for number in range(1, self.options.workers + 1):
            name = "web" if self.options.workers == 1 else f"web-{number}"
            self._keep(name, self._web_argv(), pass_listener=True)
        self._keep("worker", self._celery_argv("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"))
        if loading is not None:
            self._await_manage(loading, "load_demo")
            readiness.note_demo_loaded()

    def _web_argv(self) -> list[str]:
        assert self.listener is not None
        return [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--fd", str(self.listener.fileno())),
            *("--loop", "uvloop", "--http", "httptools", "--lifespan", "auto"),
            *("--timeout-graceful-shutdown", "5", "--no-access-log", "--no-server-header", "--no-proxy-headers"),
        ]

    def _celery_argv(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "celery", "-A", "config.celery", *arguments]

    def _keep(self, name: str, argv: list[str], *, pass_listener: bool = False) -> None:
        started: list[subprocess.Popen[bytes]] = []
        log = self.logs / f"{name}.log"
        fds = (self.listener.fileno(),) if pass_listener and self.listener else ()

        def start() -> None:
            for old in started:
                children.sweep(old)
            started[:] = [children.spawn(argv, log=log, env=self.environment, cwd=embedded.ROOT, pass_fds=fds)]

        kept = Kept(
            name=name,
            start=start,
            process=lambda: started[0] if started else None,
            stop=lambda: children.finish(started[0], signal.SIGTERM, 10) if started else None,
            log=log,
            children=started,
        )
        self.kept.append(kept)
        kept.started_at = time.monotonic()
        kept.start()

    def _spawn_manage(self, *arguments: str) -> subprocess.Popen[bytes]:
        argv = [sys.executable, str(embedded.ROOT / "manage.py"), *arguments]
        return children.spawn(argv, log=self.logs / "manage.log", env=self.environment, cwd=embedded.ROOT)

    def _await_manage(self, process: subprocess.Popen[bytes], name: str) -> None:
        while process.poll() is None:
            if self.stopping:
                children.finish(process, signal.SIGTERM, 5)
                raise _Stopped
            self._tend()
            time.sleep(0.02)
        if process.returncode:
            log = self.logs / "manage.log"
            raise Refusal(f"manage.py {name} failed. The end of {log}:\n{children.tail(log, 25)}")

    def _run_manage(self, *arguments: str) -> None:
        self._await_manage(self._spawn_manage(*arguments), arguments[0])

    def _announce(self, begun: float) -> None:
        """Wait until the web process says that everything answers, then print the one line."""
        answer, ready = "", True
        deadline = time.monotonic() + 60
        while ready and not (answer := self._ask("/readyz")).startswith("200"):
            self._heed()
            self._tend()
            ready = time.monotonic() < deadline
            time.sleep(0.05)
        self._keep("beat", self._celery_argv("beat"))
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        address = f"http://{host}:{self.options.port}/"
        if not ready:
            say(f"Millwright runs at {address} but is not ready after a minute; /readyz answers: {answer or 'nothing'}")
            say(f"Logs are in {self.logs}. Ctrl-C stops it.")
            return
        line = f"Millwright is ready at {address} after {time.monotonic() - begun:.1f} s"
        say(f"{line}; {SIGN_INS}. Ctrl-C stops it." if self.options.demo else f"{line}. Ctrl-C stops it.")

    def _ask(self, path: str) -> str:
        connection = http.client.HTTPConnection(self.options.host.strip("[]"), self.options.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return f"{response.status} {response.read(300).decode('utf-8', 'replace')}"
        except OSError:
            return ""
        finally:
            connection.close()

    # Keeping

    def _tend(self) -> None:
        """Start again what has died: at once the first time, with growing pauses when it keeps dying."""
        now = time.monotonic()
        for kept in self.kept:
            process = kept.process()
            if process is None or process.poll() is None:
                continue
            if kept.next_start is None:
                if now - kept.started_at > STEADY_SECONDS:
                    kept.deaths = 0
                kept.deaths += 1
                pause = 0.0 if kept.deaths == 1 else min(LONGEST_PAUSE, 0.25 * 2**kept.deaths)
                kept.next_start = now + pause
                say(f"{kept.name} ended ({_how(process.returncode)}); starting it again{_in(pause)}.")
                if kept.deaths >= 3:
                    say(f"The end of {kept.log}:\n{children.tail(kept.log)}")
            if now >= kept.next_start:
                kept.next_start = None
                kept.started_at = now
                try:
                    kept.start()
                except embedded.EmbeddedError as error:
                    say(str(error))

    def _sleep(self, wakeups: socket.socket) -> None:
        """Until a signal arrives (a child's death is one) or something is due."""
        due = [kept.next_start for kept in self.kept if kept.next_start is not None]
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        with selectors.DefaultSelector() as selector:
            selector.register(wakeups, selectors.EVENT_READ)
            if selector.select(timeout):
                wakeups.recv(4096)

    def _heed(self) -> None:
        if self.stopping:
            raise _Stopped

    def _catch_signals(self) -> socket.socket:
        receive, send = socket.socketpair()
        send.setblocking(False)
        self._wakeup_sender = send
        signal.set_wakeup_fd(send.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_stop)
        return receive

    def _on_stop(self, number: int, frame: object) -> None:
        self.stopping += 1

    # Stopping

    def _stop_all(self) -> None:
        """Web, worker and beat side by side; then the broker; then the database."""
        if self.listener is not None:
            self.listener.close()
        services = [kept for kept in self.kept if kept.name in ("postgres", "valkey")]
        others = [kept for kept in self.kept if kept not in services]
        for kept in others:
            process = kept.process()
            if process is not None and process.poll() is None:
                process.terminate()
        for kept in [*others, *reversed(services)]:
            if self.stopping > 1 and kept in others:
                for process in kept.children:
                    children.sweep(process)
            kept.stop()
        if self.lock is not None:
            self.lock.truncate(0)
            self.lock.close()


class _Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


def _keep_service(service: embedded.Postgres | embedded.Valkey) -> Kept:
    return Kept(
        name=service.name,
        start=service.start,
        process=lambda: service.process,
        stop=service.stop,
        log=service.log,
        started_at=time.monotonic(),
    )


def _how(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return signal.Signals(-returncode).name
    return f"exit code {returncode}"


def _in(pause: float) -> str:
    return f" in {pause:.1f} s" if pause else ""


def say(sentence: str) -> None:
    print(sentence, flush=True)


def main(argv: list[str]) -> int:
    try:
        options = parse(argv)
        check(options)
        return Supervisor(options).run()
    except (Refusal, embedded.EmbeddedError) as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
