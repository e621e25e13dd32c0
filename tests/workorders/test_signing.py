"""Signatures: by drawing, by password, on steps; what a seal keeps."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image

from core.errors import Conflict, Invalid, PermissionDenied
from tests import factories
from tests.api.conftest import caller
from tests.factories import PASSWORD
from tests.house import House
from tests.racing import race
from workorders import actions, signed
from workorders.models import Signature, Task, WorkOrder


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 100), "white").save(made, "PNG")
    return made.getvalue()


def drawn() -> str:
    return "data:image/png;base64," + base64.b64encode(picture()).decode()


def sign(house: House, work_order: WorkOrder, who: str = "technician", **given: Any) -> Signature:
    return actions.sign(work_order, by=house[who], **({"meaning": "performed", "drawing": picture()} | given))


def test_a_drawing_is_kept_with_the_hash_of_what_was_signed(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    after = house.last_event()
    with house.inside():
        made = sign(house, work_order)
    kept = house.read(made)
    assert (kept.signer_name, kept.meaning, kept.authenticated) == ("technician", "performed", False)
    assert kept.digest == hashlib.sha256(kept.content.encode()).hexdigest()
    assert json.loads(kept.content)["number"] == work_order.number
    assert kept.drawing.kind == "image"
    assert house.read(work_order).sealed_at is None
    assert [kind for kind, _, _ in house.events(after=after)] == ["work_order.signed"]


def test_a_customer_draws_under_their_own_name(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        made = sign(house, work_order, name="  Eva   Lund ", meaning="accepted")
    assert (made.signer_name, made.signer_id) == ("Eva Lund", house["technician"].pk)


@pytest.mark.parametrize(
    ("given", "details"),
    [
        ({"drawing": None}, {"drawing": "Draw the signature, or sign with your password."}),
        ({"meaning": "seen"}, {"meaning": "Use one of performed, verified, accepted."}),
        ({"name": "x" * 151}, {"name": "Say who signs, in at most 150 characters."}),
        (
            {"authenticated": True, "name": "Somebody else"},
            {"name": "With a password one signs in one's own name. Somebody else draws their signature."},
        ),
    ],
)
def test_what_is_no_signature(house: House, given: dict[str, Any], details: dict[str, str]) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.refuses(Invalid, details=details):
        sign(house, work_order, **given)


def test_who_may_sign(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.refuses(PermissionDenied, permission="workorder.sign"):
        sign(house, work_order, "viewer")
    with house.refuses(PermissionDenied, permission="workorder.work_any"):
        sign(house, work_order, "technician2")


def test_states_that_are_not_signed(house: House) -> None:
    for meaning, given, code in (
        ("cancelled", {}, "cancelled"),
        ("closed", {}, "closed"),
        ("in_progress", {"drawing": None, "authenticated": True}, "not_completed"),
    ):
        work_order = house.work(meaning)
        with house.refuses(Conflict, code=code):
            sign(house, work_order, "manager", **given)


def seal(house: House, work_order: WorkOrder) -> Signature:
    with house.inside():
        return sign(house, work_order, "manager", drawing=None, authenticated=True, meaning="verified")


def test_a_password_seals_completed_work_but_for_comments_and_its_verification(house: House) -> None:
    work_order = house.work("completed", to="technician")
    seal(house, work_order)
    sealed = house.read(work_order)
    assert sealed.sealed_at is not None
    boss = house["admin"]
    attempts = [
        lambda: actions.update(sealed, by=boss, changes={"title": "Other"}),
        lambda: actions.send_back(sealed, by=boss, reason="No"),
        lambda: actions.add_tasks(sealed, by=boss, steps=[{"description": "One more"}]),
        lambda: actions.add_media(sealed, by=boss, content=picture(), name="a.png"),
        lambda: actions.add_parts(sealed, by=boss, lines=[{"part": factories.make_part(house.tenant), "quantity": 1}]),
        lambda: sign(house, sealed, "manager"),
    ]
    codes = []
    for attempt in attempts:
        with pytest.raises(Conflict) as caught, house.inside():
            attempt()
        codes.append(caught.value.code)
    assert set(codes) <= {"sealed", "completed"}
    assert house.read(work_order).title == work_order.title
    with house.inside():
        actions.comment(sealed, by=boss, text="Well done")
        actions.verify(sealed, by=boss)
    assert house.read(work_order).meaning == "closed"


def test_a_record_changed_past_the_acts_is_seen(house: House) -> None:
    work_order = house.work("completed", to="technician")
    made = seal(house, work_order)
    with house.inside():
        made = Signature.objects.select_related("work_order", "task").get(pk=made.pk)
        assert (signed.is_untouched(made), signed.differs_from_now(made)) == (True, False)
        WorkOrder.objects.filter(pk=work_order.pk).update(resolution="Something else")
        made = Signature.objects.select_related("work_order", "task").get(pk=made.pk)
        assert (signed.is_untouched(made), signed.differs_from_now(made)) == (True, True)


def test_a_step_is_answered_by_its_signature(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        (task,) = actions.add_tasks(work_order, by=house["admin"], steps=[{"description": "Sign", "kind": "signature"}])
        made = sign(house, work_order, task=task)
        assert Task.objects.get(pk=task.pk).status == "completed"
    assert json.loads(made.content)["description"] == "Sign"


def test_two_seal_at_once(committed: None) -> None:
    house = House.build()
    work_order = house.work("completed", to="technician")
    people = [house["manager"], house["admin"]]
    outcomes = race(
        house.tenant,
        *[
            lambda by=by: actions.sign(
                work_order, by=by, meaning="verified", authenticated=True, expected_version=work_order.version
            )
            for by in people
        ],
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Signature", "Stale"]


def test_the_api_signs_with_a_drawing_and_with_the_callers_password(house: House) -> None:
    work_order = house.work("completed", to="technician")
    boss = caller(house["manager"])
    here = f"work-orders/{work_order.pk}/signatures"
    made = boss.post(here, {"meaning": "accepted", "name": "Eva Lund", "drawing": drawn()})
    assert (made.status_code, made.json()["signerName"], made.json()["authenticated"]) == (201, "Eva Lund", False)
    wrong = boss.post(here, {"meaning": "verified", "password": "guess"})
    assert (wrong.status_code, wrong.json()["details"]) == (400, {"password": "This is not your password."})
    right = boss.post(here, {"meaning": "verified", "password": PASSWORD})
    assert (right.status_code, right.json()["authenticated"]) == (201, True)
    assert [item["meaning"] for item in boss.get(here).json()["signatures"]] == ["accepted", "verified"]
    assert boss.post(here, {"meaning": "accepted", "drawing": "data:text/html,x"}).status_code == 400
    assert caller(house["requester"]).get(here).status_code == 404


def test_the_page_signs(house: House, client: Any) -> None:
    work_order = house.work("in_progress", to="technician")
    client.force_login(house["technician"].user)
    here = f"/work-orders/{work_order.pk}/sign"
    assert client.get(here).status_code == 200
    empty = client.post(here, {"meaning": "performed", "name": "technician"})
    assert empty.status_code == 422
    assert "Draw the signature, or sign with your password." in empty.content.decode()
    done = client.post(here, {"meaning": "performed", "name": "technician", "drawing": drawn()})
    assert done.status_code == 302
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    assert "I did this work" in page
