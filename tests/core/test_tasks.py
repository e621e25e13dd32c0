"""Every Celery task, twice in a row and at the same moment: the database is as after one run, and mails go out once."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from config.celery import app
from core.models import IdempotencyKey
from media import actions as media
from media.models import MediaFile
from tenancy import actions as people
from tests.database import empty_tables, owner_connection
from tests.house import House
from tests.media_files import PDF, picture
from tests.racing import kinds, together
from workorders import actions

pytestmark = pytest.mark.usefixtures("committed")


def work_to_do(house: House) -> None:
    """Events with consumers that act on them, and answers past their day."""
    with house.inside():
        people.invite(
            by=house["admin"], email=f"new-{timezone.now().timestamp()}@example.com", role=house.role("viewer")
        )
        media_to_do(house)
        made = actions.report(by=house["manager"], title="Pump leaks")
        actions.assign(made, by=house["manager"], to=house.profile())
        IdempotencyKey.objects.create(
            tenant_id=house.tenant.pk, caller="x", key=str(made.pk), request_hash="", status=201, body=b"",
            created_at=timezone.now() - dt.timedelta(hours=25),
        )  # fmt: skip


def media_to_do(house: House) -> None:
    """A picture that no worker prepared, a promise that nobody kept, a file that belongs to nothing."""
    given = {"by": house["manager"], "tenant_id": house.tenant.pk}
    media.store(content=picture(), name="a.jpg", **given)
    media.promise(name="b.pdf", content_type="application/pdf", size=9, **given)
    orphan = media.store(content=PDF, name="c.pdf", **given)
    MediaFile.objects.update(uploaded_at=timezone.now() - dt.timedelta(minutes=5))
    MediaFile.objects.filter(pk=orphan.pk).update(uploaded_at=timezone.now() - dt.timedelta(days=2))
    MediaFile.objects.filter(state="awaited").update(expires_at=timezone.now() - dt.timedelta(seconds=1))


def picture_of(house: House) -> str:
    with house.inside():
        return str(MediaFile.objects.get(original_name="a.jpg").pk)


# Each task with its arguments and what one run must have done: (mails sent, answers left).
TASKS: dict[str, tuple[Callable[[House], list[Any]], int, int]] = {
    "core.drain_tenant": (lambda house: [str(house.tenant.pk)], 2, 1),
    "core.sweep_outbox": (lambda house: [], 2, 1),
    "core.forget_idempotency_keys": (lambda house: [], 0, 0),
    "media.prepare": (lambda house: [picture_of(house), str(house.tenant.pk)], 0, 1),
    "media.tend": (lambda house: [], 0, 1),
    "media.sweep": (lambda house: [], 0, 1),
}


def ours() -> dict[str, Any]:
    app.loader.import_default_modules()
    # Celery's own, and those that other tests made, are not ours.
    return {name: task for name, task in app.tasks.items() if not name.startswith(("celery.", "tests."))}


def everything() -> dict[str, list[str]]:
    """Every row of every table, as the owner sees them."""
    with owner_connection() as owner:
        tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {table: sorted(row[0] for row in owner.execute(f'SELECT t::text FROM "{table}" t')) for table in tables}


@pytest.fixture
def house(committed: None) -> House:
    empty_tables()  # a sweep is about every tenant there is
    made = House.build()
    for name in ("admin", "manager"):
        made[name]
    made.profile()
    work_to_do(made)
    mail.outbox.clear()
    return made


def answers(house: House) -> int:
    with house.inside():
        return IdempotencyKey.objects.count()


@pytest.mark.parametrize("name", TASKS)
def test_a_second_run_changes_nothing(house: House, name: str) -> None:
    arguments, mails, left = TASKS[name]
    task = ours()[name]
    task.apply(args=arguments(house), throw=True)
    once = everything()
    assert (len(mail.outbox), answers(house)) == (mails, left)
    task.apply(args=arguments(house), throw=True)
    assert everything() == once
    assert len(mail.outbox) == mails


@pytest.mark.parametrize("name", TASKS)
def test_at_the_same_moment_it_is_done_once(house: House, name: str) -> None:
    arguments, mails, left = TASKS[name]
    task, given = ours()[name], arguments(house)
    assert kinds(together([lambda: run(task, given)] * 4, atomic=False)) == ["ok"] * 4
    task.apply(args=given, throw=True)  # what a worker left because another held it
    assert (len(mail.outbox), answers(house)) == (mails, left)
    once = everything()
    task.apply(args=given, throw=True)
    assert everything() == once


def run(task: Any, given: list[Any]) -> None:
    task.apply(args=given, throw=True)


def test_every_task_is_in_the_table() -> None:
    assert ours().keys() == TASKS.keys()


def test_tasks_take_ids_only() -> None:
    """Row 107: no objects, no secrets in a message; rows 100 and 102: late acks, no timer longer than the time-out."""
    for task in ours().values():
        for parameter in inspect.signature(task.run).parameters.values():
            assert parameter.name == "id" or parameter.name.endswith("_id")
            assert parameter.annotation == "str"
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.task_serializer, conf.accept_content) == (
        True, True, "json", ["json"],
    )  # fmt: skip
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]


def test_every_periodic_task_exists_and_expires_rather_than_piling_up() -> None:
    schedule = app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} <= ours().keys()
    for entry in schedule.values():
        assert entry["options"]["expires"] <= 2 * float(entry["schedule"])
    assert {entry["task"] for entry in schedule.values()} == {
        "core.sweep_outbox", "core.forget_idempotency_keys", "media.tend", "media.sweep",
    }  # fmt: skip


def test_a_task_for_a_tenant_that_is_gone_does_nothing(house: House) -> None:
    before = everything()
    ours()["core.drain_tenant"].apply(args=["01900000-0000-7000-8000-000000000000"], throw=True)
    after = everything()
    # Only a cursor for the consumers of that id may be left; no event, no mail, no other row.
    assert {table for table in after if after[table] != before[table]} <= {"core_consumercursor"}
    assert mail.outbox == []
