"""Writes that are asked for twice, at the same time, or by somebody who read something older."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core import idempotency
from core.models import Event, IdempotencyKey
from tenancy.models import ApiKey, Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders.models import WorkOrder


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; their results in order."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        try:
            barrier.wait(10)
            results[index] = acts[index]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def count(tenant: Tenant) -> int:
    with factories.inside(tenant):
        return WorkOrder.objects.count()


def test_same_key_and_body_replays_the_answer(admin: Caller, north: Tenant) -> None:
    first = admin.post("work-orders", {"title": "Once"}, Idempotency_Key="k1")
    again = admin.post("work-orders", {"title": "Once"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(north) == 1


def test_every_writing_method_is_repeatable(admin: Caller, north: Tenant) -> None:
    work_order = factories.make_work_order(north)
    address = f"work-orders/{work_order.pk}"
    for method, path, body in (
        ("PUT", address, {"title": "b"}),
        ("PATCH", address, {"notes": "n"}),
        ("POST", f"{address}/notes", {"text": "t"}),
        ("DELETE", address, None),
    ):
        first = admin(method, path, body, Idempotency_Key=f"k-{method}")
        again = admin(method, path, body, Idempotency_Key=f"k-{method}")
        assert first.status_code < 300
        assert (again.status_code, again.content) == (first.status_code, first.content), method


def test_same_key_for_another_request_is_422(admin: Caller, north: Tenant) -> None:
    admin.post("work-orders", {"title": "One"}, Idempotency_Key="k")
    for response in (
        admin.post("work-orders", {"title": "Two"}, Idempotency_Key="k"),
        admin.post("assets", {"title": "One"}, Idempotency_Key="k"),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert count(north) == 1


def test_keys_are_those_of_their_caller(admin: Caller, north: Tenant, west: Tenant) -> None:
    stranger = caller(factories.make_member(west, "admin"))
    colleague = caller(factories.make_member(north, "manager"))
    own_other_key = caller(admin.member)
    for call in (admin, stranger, colleague, own_other_key):
        response = call.post("work-orders", {"title": "Once"}, Idempotency_Key="same")
        assert response.status_code == 201
        assert "Idempotency-Replayed" not in response.headers
    assert (count(north), count(west)) == (3, 1)


def test_refused_requests_may_be_tried_again(admin: Caller, north: Tenant) -> None:
    assert admin.post("work-orders", {"title": ""}, Idempotency_Key="k").status_code == 400
    assert admin.post("work-orders", {"title": "Better"}, Idempotency_Key="k").status_code == 201
    with factories.inside(north):
        assert IdempotencyKey.objects.count() == 1


def test_a_day_later_the_key_is_free(admin: Caller, north: Tenant) -> None:
    admin.post("work-orders", {"title": "One"}, Idempotency_Key="k")
    with factories.inside(north):
        old = IdempotencyKey.objects.get()
        IdempotencyKey.objects.update(created_at=old.created_at - idempotency.KEPT)
    assert admin.post("work-orders", {"title": "Two"}, Idempotency_Key="k").status_code == 201
    assert admin.post("work-orders", {"title": "Two"}, Idempotency_Key="k").headers["Idempotency-Replayed"] == "true"
    assert count(north) == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_unsound_keys_are_400(admin: Caller, key: str) -> None:
    assert admin.post("work-orders", {"title": "x"}, Idempotency_Key=key).status_code == 400


def test_secrets_are_not_kept(admin: Caller, north: Tenant) -> None:
    body = {"name": "Program", "scopes": ["workorder.view_all"]}
    made = admin.post("api-keys", body, Idempotency_Key="k").json()
    again = admin.post("api-keys", body, Idempotency_Key="k")
    assert made["key"].startswith("mw_")
    assert again.json() == made | {"key": None}
    with factories.inside(north):
        assert made["key"].encode() not in bytes(IdempotencyKey.objects.get().body)
        assert not ApiKey.objects.filter(secret_hash=made["key"]).exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_with_one_key_act_once() -> None:
    tenant = factories.make_tenant()
    call = caller(factories.make_member(tenant, "admin"))
    act = lambda: call.post("work-orders", {"title": "Once"}, Idempotency_Key="k")  # noqa: E731
    answers = at_once(*[act] * 6)
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409}
    assert codes.count(201) >= 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"in_progress_elsewhere"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert count(tenant) == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_request_is_running_is_409() -> None:
    from django.db import transaction

    tenant = factories.make_tenant()
    call = caller(factories.make_member(tenant, "admin"))
    asked = idempotency.call(
        tenant_id=tenant.pk,
        caller=f"{call.member.pk}:{key_id(tenant)}",
        key="k",
        method="POST",
        path="/api/v1/work-orders",
        body=b"",
    )
    with factories.inside(tenant), transaction.atomic():
        assert idempotency.recall(asked) is None
        (answer,) = at_once(lambda: call.post("work-orders", {"title": "x"}, Idempotency_Key="k"))
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress_elsewhere")
    assert call.post("work-orders", {"title": "x"}, Idempotency_Key="k").status_code == 201


def key_id(tenant: Tenant) -> Any:
    with factories.inside(tenant):
        return ApiKey.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_two_changes_from_one_version_leave_one() -> None:
    tenant = factories.make_tenant()
    call = caller(factories.make_member(tenant, "admin"))
    address = f"work-orders/{factories.make_work_order(tenant).pk}"
    answers = at_once(
        lambda: call.put(address, {"title": "Mine"}, If_Match='"1"'),
        lambda: call.put(address, {"title": "Yours"}, If_Match='"1"'),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (won,) = (answer for answer in answers if answer.status_code == 200)
    assert call.get(address).json() == won.json()
    assert won.json()["version"] == 2


@pytest.mark.django_db(transaction=True)
def test_completing_twice_completes_once() -> None:
    tenant = factories.make_tenant()
    call = caller(factories.make_member(tenant, "admin"))
    work_order = factories.make_work_order(tenant, meaning="in_progress")
    act = lambda: call.post(f"work-orders/{work_order.pk}/transitions", {"status": "completed"})  # noqa: E731
    assert sorted(answer.status_code for answer in at_once(act, act)) == [200, 409]
    with factories.inside(tenant):
        assert Event.objects.filter(type="work_order.completed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_creates_have_distinct_numbers() -> None:
    tenant = factories.make_tenant()
    call = caller(factories.make_member(tenant, "admin"))
    answers = at_once(*[lambda: call.post("work-orders", {"title": "x"})] * 12)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["workOrderNumber"] for answer in answers}) == 12
