from __future__ import annotations

from django.apps import AppConfig


class MillwrightConfig(AppConfig):
    """Makes the Celery application the current one in every process, so that tasks find their broker."""

    name = "config"
    label = "millwright"

    def ready(self) -> None:
        from config import celery  # noqa: F401
