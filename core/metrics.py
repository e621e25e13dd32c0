"""What the process counts about itself, in the form that Prometheus reads.

With several web processes each writes its figures to PROMETHEUS_MULTIPROC_DIR and any of them answers for all; with one
process, nothing needs to be set.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

# The package decides where to keep figures when it is imported, and takes an empty name for a folder.
FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if FOLDER:
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
else:
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess  # noqa: E402
from prometheus_client.core import GaugeMetricFamily  # noqa: E402
from prometheus_client.registry import Collector  # noqa: E402

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

registry = CollectorRegistry()
requests = Counter(
    "millwright_http_requests",
    "Requests answered.",
    ("route", "method", "status"),
    registry=registry,
)
latency = Histogram(
    "millwright_http_request_seconds",
    "Time to answer a request.",
    ("route", "method"),
    buckets=BUCKETS,
    registry=registry,
)
refused = Counter(
    "millwright_http_refused",
    "Requests refused before they reached a page.",
    ("reason",),
    registry=registry,
)
listeners = Gauge(
    "millwright_live_listeners",
    "Open event streams.",
    registry=registry,
    multiprocess_mode="livesum",
)
events_sent = Counter("millwright_live_events_sent", "Events written to streams.", registry=registry)
streams_closed = Counter(
    "millwright_live_streams_closed",
    "Streams ended by the server.",
    ("reason",),
    registry=registry,
)


@cache
def _request_metrics(route: str, method: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    # Looking labels up by name costs more than counting does; routes are few, so the pairs are kept.
    return requests.labels(route, method, str(status)).inc, latency.labels(route, method).observe


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    count, observe = _request_metrics(route, method if method in METHODS else "other", status)
    count()
    observe(seconds)


class Measured(Collector):
    """Gauges that are looked up when somebody asks: the outbox, the queue, this process's memory."""

    def __init__(self, sources: Iterable[tuple[str, str, Callable[[], float | None]]]) -> None:
        self.sources = list(sources)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, text, read in self.sources:
            value = read()
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)


def resident_bytes() -> float | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def forget_the_dead() -> None:
    """A process that was killed leaves its gauges behind; its counters stay counted."""
    for file in Path(FOLDER).glob("gauge_live*_*.db"):
        number = int(file.stem.rpartition("_")[2])
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
        except PermissionError:
            continue


def render(
    sources: Iterable[tuple[str, str, Callable[[], float | None]]] = (),
) -> bytes:
    """Everything in Prometheus' text form; `sources` are (name, help, function) of gauges measured now."""
    measured = CollectorRegistry()
    measured.register(Measured(sources))
    counted: CollectorRegistry = registry
    if FOLDER:
        forget_the_dead()
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)
    return generate_latest(counted) + generate_latest(measured)
