"""Celery's side of the logs: a task carries the id of the request that caused it and leaves one line when it ends.

Imported by `config/celery.py`. Arguments are never written: they may name people.
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from celery import signals

from core import context

HEADER = "millwright_request_id"
log = structlog.get_logger("task")
_started: dict[str, float] = {}


@signals.before_task_publish.connect(weak=False)
def send_request_id(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    request_id = context.current().request_id
    if headers is not None and request_id:
        headers.setdefault(HEADER, request_id)


@signals.task_prerun.connect(weak=False)
def enter(task_id: str = "", task: Any = None, **kwargs: Any) -> None:
    if task.request.is_eager:
        return  # runs inside the caller's request, whose context is the right one
    _started[task_id] = time.perf_counter()
    context.clear()
    context.replace_current(request_id=str(task.request.get(HEADER) or task_id), source="task")
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@signals.task_postrun.connect(weak=False)
def leave(task_id: str = "", task: Any = None, state: str | None = None, **kwargs: Any) -> None:
    if task.request.is_eager:
        return
    started = _started.pop(task_id, None)
    spent = None if started is None else round((time.perf_counter() - started) * 1000, 1)
    log.info("task", state=state, ms=spent, retries=task.request.retries)
    context.clear()
    structlog.contextvars.clear_contextvars()
