"""Who may read the metrics, and that they count what happened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from core import redis

pytestmark = pytest.mark.django_db


def figures(body: bytes) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", body.decode(), re.MULTILINE)
    }


def test_requests_are_counted_by_route_method_and_status(client: Client) -> None:
    name = 'millwright_http_requests_total{method="GET",route="healthz",status="200"}'
    before = figures(client.get("/metrics").content).get(name, 0)
    client.get("/healthz")
    client.get("/healthz?x=1")
    client.get("/no/such/page/4711")
    after = client.get("/metrics")
    assert after["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert figures(after.content)[name] == before + 2
    assert b"/4711" not in after.content
    assert 'route="unmatched"' in after.content.decode()


def test_the_system_is_measured_when_asked(client: Client) -> None:
    found = figures(client.get("/metrics").content)
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["millwright_queue_depth"] == redis.client().llen("celery")
    assert found["millwright_outbox_lag_seconds"] >= 0
    assert found["millwright_live_listeners"] == 0


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_VIA": "1.1 proxy"}, 403),
    ],
)
def test_without_a_token_only_this_machine_reads(client: Client, meta: dict[str, Any], status: int) -> None:
    assert client.get("/metrics", **meta).status_code == status


@pytest.mark.parametrize(
    ("header", "status"), [("Bearer right", 200), ("Bearer wrong", 403), ("right", 403), ("", 403)]
)
def test_with_a_token_only_its_holder_reads(client: Client, settings: Any, header: str, status: int) -> None:
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", headers={"Authorization": header}).status_code == status
    assert client.get("/metrics", headers={"Authorization": header}, REMOTE_ADDR="192.0.2.7").status_code == status
