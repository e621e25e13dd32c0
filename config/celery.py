"""The Celery application: worker and beat. Tasks take ids, run at least once, and are safe to run twice.

Start them as `celery -A config.celery worker` and `celery -A config.celery beat`; `manage.py up` does so by itself.
"""

from __future__ import annotations

import os
import threading
import time
from functools import cache
from typing import Any

from celery import Celery, signals
from redis import Redis

from config import children
from core import task_logs  # noqa: F401  (tasks carry the id of the request that caused them)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HEARTBEAT_KEY = "mw:worker:heartbeat"
HEARTBEAT_SECONDS = 15
BEAT_LOCK = 0x6D696C6C  # "mill"

app = Celery("millwright")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    timezone="UTC",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # A task is acknowledged when it is done, so a killed worker loses none; a killed pool child neither.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_soft_time_limit=540,
    task_time_limit=600,
    # Longer than the longest task: what is unacknowledged for so long belonged to a dead worker.
    broker_transport_options={"visibility_timeout": 900, "socket_keepalive": True},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Waking a worker must not hold up the request when the broker is away: the sweep finds the work later.
    broker_connection_timeout=2,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1},
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    worker_hijack_root_logger=False,
    # Schedules live in code and every periodic task catches up from the database: beat has nothing to remember.
    beat_scheduler="celery.beat:Scheduler",
    # A tick that no worker took before the next one is dropped: no storm after a standstill.
    beat_schedule={
        "sweep-outbox": {"task": "core.sweep_outbox", "schedule": 15.0, "options": {"expires": 15}},
        "forget-idempotency-keys": {
            "task": "core.forget_idempotency_keys",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "tend-media": {"task": "media.tend", "schedule": 30.0, "options": {"expires": 30}},
        "sweep-media": {"task": "media.sweep", "schedule": 21600.0, "options": {"expires": 21600}},
    },
)
app.autodiscover_tasks()


@cache
def _redis() -> Redis:
    from django.conf import settings

    return Redis.from_url(settings.REDIS_URL, socket_timeout=2)


@signals.setup_logging.connect
def _keep_logging(**kwargs: Any) -> None:
    """Logging is what settings made it; Celery must not replace it."""


@signals.worker_process_init.connect
def _pool_child_started(**kwargs: Any) -> None:
    """Pool children go when their worker goes, also by kill -9."""
    children.die_with_parent(os.getppid())


@signals.heartbeat_sent.connect
def _worker_lives(**kwargs: Any) -> None:
    """What /readyz looks for. Every two seconds, from the worker's main process."""
    _redis().set(HEARTBEAT_KEY, str(time.time()), ex=HEARTBEAT_SECONDS)


@signals.worker_shutdown.connect
def _worker_gone(**kwargs: Any) -> None:
    _redis().delete(HEARTBEAT_KEY)


@signals.beat_init.connect
def _only_one_beat(**kwargs: Any) -> None:
    """A second beat waits until the first is gone: the database hands out the right to tick."""
    from django.db import connections

    keeper = connections.create_connection("default")
    keeper.connect()
    with keeper.cursor() as cursor:
        cursor.execute("set idle_in_transaction_session_timeout = 0; set statement_timeout = 0")
        cursor.execute("select pg_advisory_lock(%s)", [BEAT_LOCK])
    keeper.inc_thread_sharing()

    def watch() -> None:
        while True:
            time.sleep(5)
            try:
                with keeper.cursor() as cursor:
                    cursor.execute("select 1")
            except Exception:  # the right to tick went with the connection, whatever ended it
                os._exit(1)

    threading.Thread(target=watch, name="beat-lock", daemon=True).start()
