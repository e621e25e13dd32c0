"""A task knows the request that caused it, writes one line, and leaves nothing of itself to the next."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings

from config.celery import app
from core import context, logs

seen: list[context.Context] = []
done = threading.Semaphore(0)


@app.task(name="tests.remember")
def remember(secret: str, *, fail: bool = False) -> None:
    seen.append(context.current())
    try:
        if fail:
            raise ValueError("on purpose")
    finally:
        done.release()


def test_tasks_carry_the_request_and_leave_one_line_each(capsys: pytest.CaptureFixture[str], db: None) -> None:
    logs.configure(style="json")
    seen.clear()
    try:
        queue = "test-task-logs"
        with start_worker(app, pool="solo", perform_ping_check=False, queues=[queue], loglevel="WARNING"):
            with context.use(request_id="from-a-request-1"):
                remember.apply_async(args=["hunter2"], queue=queue)
                remember.apply_async(args=["hunter2"], kwargs={"fail": True}, queue=queue)
            remember.apply_async(args=["hunter2"], queue=queue)
            assert all(done.acquire(timeout=10) for _ in range(3))
    finally:
        logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)
    written = capsys.readouterr().err
    lines: list[dict[str, Any]] = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("task") == "tests.remember" and line["event"] == "task"]
    assert [line["state"] for line in mine] == ["SUCCESS", "FAILURE", "SUCCESS"]
    assert [line["request_id"] for line in mine[:2]] == ["from-a-request-1"] * 2
    # Without a request the task's own id ties its lines together.
    assert mine[2]["request_id"] == mine[2]["task_id"]
    assert [(here.request_id, here.source) for here in seen[:2]] == [("from-a-request-1", "task")] * 2
    assert all(line["ms"] >= 0 for line in mine)
    assert "hunter2" not in written
