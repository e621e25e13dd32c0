"""Settings that are missing or malformed end the start with the whole list; the example names every one there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from config import embedded

NEEDED = ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "BASE_URL", "ALLOWED_HOSTS", "EMAIL_HOST"]


def refused(**given: str) -> str:
    """What a start with exactly these names says."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=embedded.ROOT, env={"PATH": os.environ["PATH"]} | given, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_production_names_everything_that_is_missing_at_once() -> None:
    lines = [f"  - {name} is missing" for name in NEEDED]
    assert refused(ENVIRONMENT="production").splitlines() == ["Millwright cannot start:", *lines]


def test_what_is_malformed_is_said_with_its_value() -> None:
    said = refused(ENVIRONMENT="local", PORT="eighty", DEBUG="perhaps", LOG_FORMAT="prose")
    assert sorted(re.findall(r"- (\w+) must be", said)) == ["DEBUG", "LOG_FORMAT", "PORT"]
    assert "'eighty'" in said


def test_the_example_names_every_setting() -> None:
    source = (embedded.ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.(?:text|number|flag|names|choice)\(\s*"(\w+)"', source))
    example = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (embedded.ROOT / ".env.example").read_text(), re.MULTILINE))
    assert len(read) > 30
    assert read - example == set()
