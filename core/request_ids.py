"""The id that ties together all that is written down about one request."""

from __future__ import annotations

import os
import re

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[A-Za-z0-9-]{8,64}")


def new() -> str:
    return os.urandom(10).hex()


def accepted_or_new(offered: str | None) -> str:
    """The caller's own id where it is a plain word, so that a proxy's log and ours meet; otherwise a fresh one."""
    if offered and ACCEPTABLE.fullmatch(offered):
        return offered
    return new()
