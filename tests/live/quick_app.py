"""The application with its clocks turned forward, so that a test need not wait an hour."""

from core.shell import hub, sse

hub.BEAT_SECONDS = 0.5
hub.RECHECK_SECONDS = 1.0
sse.LIFETIME_SECONDS = 6.0

from config.asgi import application  # noqa: E402

__all__ = ["application"]
