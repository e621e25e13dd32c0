"""Child processes that never outlive the process that started them, not even after kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000

# Loaded before any fork: importing a shared library between fork and exec is not safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, signum: int = signal.SIGKILL) -> None:
    """Ask the kernel to signal this process when `parent` ends (Linux only; elsewhere nothing happens).

    The kernel watches the *thread* that forked, so children must be started from a thread that stays.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:  # it died between the fork and the line above
        os._exit(1)


def _before_exec(parent: int, signum: int) -> Callable[[], None]:
    def prepare() -> None:
        # After the change of user (subprocess does it first): changing user clears the death signal.
        die_with_parent(parent, signum)

    return prepare


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: tuple[int, int] | None = None,
    death_signal: int = signal.SIGKILL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, its output appended to `log`. `user` is (uid, gid) to change to."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(log.suffix + ".1"))
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user[0] if user else None,
            group=user[1] if user else None,
            extra_groups=[] if user else None,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
            preexec_fn=_before_exec(os.getpid(), death_signal),
        )


def finish(process: subprocess.Popen[bytes], signum: int, patience: float) -> None:
    """Signal a child, wait `patience` seconds, then kill what is left of its session."""
    if process.poll() is None:
        process.send_signal(signum)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    sweep(process)
    process.wait()


def sweep(process: subprocess.Popen[bytes]) -> None:
    """Kill everything left in a child's process group (its own children included)."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.01) -> bool:
    """Poll `condition` until it holds or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
