from __future__ import annotations

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests import factories
from tests.house import House
from workorders.models import Comment, WorkOrder


def at(work_order: Any, *rest: str) -> str:
    return "/".join(["/work-orders", str(work_order.pk), *rest])


def sign_in(client: Client, house: House, name: str) -> Client:
    client.force_login(house[name].user)
    return client


def toast(client: Client, href: str) -> dict[str, Any]:
    """The toast that the page after an act shows: its text and what Undo would send where."""
    page = client.get(href).content.decode()
    text = re.search(r'<div class="toast toast-\w+"><p>([^<]*)</p>', page)
    undo = re.search(r'<form method="post" action="([^"]+)">.*?<button class="btn btn-s">Undo', page, re.DOTALL)
    data = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', undo.group(0)) if undo else []
    return {
        "text": html.unescape(text.group(1)) if text else "",
        "undo": undo.group(1) if undo else "",
        "data": [(name, html.unescape(value)) for name, value in data if name != "csrfmiddlewaretoken"],
    }


@pytest.mark.parametrize(
    ("person", "before", "act", "data", "after"),
    [
        ("technician", "open", "take", {}, "assigned"),
        ("technician", "assigned", "start", {}, "in_progress"),
        ("technician", "in_progress", "hold", {"reason": "parts", "note": "Seal kit"}, "on_hold"),
        ("technician", "on_hold", "resume", {}, "in_progress"),
        ("technician", "in_progress", "complete", {"resolution": "New seal", "actual_minutes": "1.5"}, "completed"),
        ("manager", "completed", "close", {}, "closed"),
        ("manager", "completed", "send-back", {"reason": "Clamp is missing"}, "in_progress"),
        ("dispatcher", "assigned", "cancel", {"reason": "Machine was sold"}, "cancelled"),
        ("dispatcher", "cancelled", "reinstate", {}, "open"),
    ],
)
def test_each_act_leads_on_by_its_page(
    house: House, client: Client, person: str, before: str, act: str, data: dict[str, str], after: str
) -> None:
    work_order = house.work(before, to="" if before in ("open", "cancelled") else "technician")
    sign_in(client, house, person)
    asked = client.get(at(work_order, act))
    assert (asked.status_code, b'id="panel"' in asked.content) == (200, True)
    done = client.post(at(work_order, act), data)
    assert done.status_code == 302
    assert house.read(work_order).meaning == after


def test_what_was_typed_is_kept(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    seal = factories.make_failure_code(house.tenant, "SEA")
    sign_in(client, house, "technician").post(
        at(work_order, "complete"),
        {"resolution": "New seal", "failure_cause": "Age", "problem": "sea", "actual_minutes": "1.5"},
    )
    found = house.read(work_order)
    assert (found.resolution, found.failure_cause, found.problem, found.actual_minutes) == (
        "New seal",
        "Age",
        seal,
        90,
    )


def test_a_technician_goes_on_with_the_next_job_after_completing(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    done = sign_in(client, house, "technician").post(at(work_order, "complete"), {})
    assert done.headers["Location"] == "/my-work"


def test_a_dialog_is_sent_on_by_header(house: House, client: Client) -> None:
    work_order = house.work("assigned", to="technician")
    done = sign_in(client, house, "technician").post(at(work_order, "start"), headers={"HX-Request": "true"})
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, at(work_order))


def test_a_refusal_stays_in_the_form_with_its_sentence(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    refused = sign_in(client, house, "technician").post(at(work_order, "start"))
    assert refused.status_code == 422
    assert "cannot become" in refused.content.decode()
    held = client.post(at(work_order, "hold"), {"note": "why not"})
    assert held.status_code == 422
    assert "why not" in held.content.decode()
    assert house.read(work_order).meaning == "in_progress"


def test_a_missing_reason_is_said_at_its_field(house: House, client: Client) -> None:
    work_order = house.work("completed", to="technician")
    refused = sign_in(client, house, "manager").post(at(work_order, "send-back"), {"reason": " "})
    assert refused.status_code == 422
    assert re.search(r'id="id_reason_error"><li>Say why\.', refused.content.decode())


def test_a_form_made_from_an_older_version_is_refused_and_can_be_sent_again(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    sign_in(client, house, "dispatcher").post(at(work_order, "comment"), {"text": "Wait for me"})
    stale = client.post(at(work_order, "hold"), {"reason": "parts", "version": str(work_order.version)})
    assert stale.status_code == 422
    assert "Somebody changed this in the meantime" in stale.content.decode()
    version = re.search(r'name="version" value="(\d+)"', stale.content.decode())
    assert version is not None
    assert client.post(at(work_order, "hold"), {"reason": "parts", "version": version.group(1)}).status_code == 302


def test_somebody_elses_job_is_refused_with_the_permission(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician2")
    sign_in(client, house, "viewer")
    refused = client.post(at(work_order, "hold"), {"reason": "parts"})
    assert refused.status_code == 403
    assert "workorder.work" in refused.content.decode()


def test_assigning_names_people_and_undo_restores_who_had_it(house: House, client: Client) -> None:
    first, second, third = (house.profile(name) for name in ("technician", "technician2", "technician3"))
    work_order = house.work("assigned", to="technician")
    sign_in(client, house, "dispatcher")
    href = at(work_order, "assign")
    client.post(href, {"to": first.pk, "helpers": [third.pk]})
    toast(client, at(work_order))
    client.post(href, {"to": second.pk})
    told = toast(client, at(work_order))
    assert told["text"] == f"{work_order.number}: assigned to {second.member.name}."
    assert told["data"] == [("to", str(first.pk)), ("helpers", str(third.pk))]
    client.post(told["undo"], dict(told["data"]))
    found = house.read(work_order)
    with house.inside():
        helpers = list(found.assignments.values_list("technician_id", flat=True))
    assert (found.assigned_to_id, helpers) == (first.pk, [third.pk])


@pytest.mark.parametrize(
    ("before", "act", "data", "after"),
    [
        ("in_progress", "hold", {"reason": "parts"}, "in_progress"),
        ("on_hold", "resume", {}, "on_hold"),
        ("assigned", "cancel", {"reason": "Sold"}, "assigned"),
        ("cancelled", "reinstate", {}, "cancelled"),
    ],
)
def test_undo_takes_an_act_back(
    house: House, client: Client, before: str, act: str, data: dict[str, str], after: str
) -> None:
    work_order = house.work(before, to="technician" if before != "cancelled" else "")
    sign_in(client, house, "dispatcher").post(at(work_order, act), data)
    told = toast(client, at(work_order))
    assert client.post(told["undo"], dict(told["data"])).status_code == 302
    assert house.read(work_order).meaning == after


def test_a_comment_is_written_or_the_page_says_why_not(house: House, client: Client) -> None:
    work_order = house.work()
    sign_in(client, house, "dispatcher")
    empty = client.post(at(work_order, "comment"), {"text": "  "})
    assert (empty.status_code, b"Write something first." in empty.content) == (422, True)
    assert client.post(at(work_order, "comment"), {"text": "Look", "for_requester": "on"}).status_code == 302
    with house.inside():
        assert list(Comment.objects.values_list("text", "for_requester")) == [("Look", True)]


def test_deleting_asks_first_and_leads_to_the_list(house: House, client: Client) -> None:
    work_order = house.work()
    sign_in(client, house, "manager")
    assert b"gone for good" in client.get(at(work_order, "delete")).content
    assert client.post(at(work_order, "delete")).headers["Location"] == "/work-orders"
    assert client.get(at(work_order)).status_code == 404
    booked = house.work("in_progress", to="technician")
    assert client.post(at(booked, "delete")).status_code == 422


def test_closed_work_is_followed_up(house: House, client: Client) -> None:
    work_order = house.work("closed", title="Leak")
    done = sign_in(client, house, "dispatcher").post(at(work_order, "follow-up"))
    with house.inside():
        made = WorkOrder.objects.get(follow_up_of=work_order)
    assert done.headers["Location"] == at(made)


def test_a_status_of_the_same_meaning_is_reached_by_its_button(house: House, client: Client) -> None:
    from workorders import actions
    from workorders.models import Status

    admin, work_order = house["admin"], house.work("in_progress", to="technician")
    with house.inside():
        start = Status.objects.get(key="in_progress")
        finer = actions.add_entry(Status, by=admin, name="Testing", meaning="in_progress", position=4)
        actions.save_transition(by=admin, from_status=start, to_status=finer)
    sign_in(client, house, "technician")
    page = client.get(at(work_order)).content.decode()
    assert f'action="{at(work_order, "move")}"' in page
    assert client.post(at(work_order, "move"), {"to": "testing"}).status_code == 302
    assert house.read(work_order).status.name == "Testing"


@pytest.mark.parametrize("act", ["assign", "comment", "delete", "edit", "start", "hold", "follow-up", "move"])
def test_another_tenants_work_and_none_at_all_are_the_same(
    house: House, stranger: House, client: Client, act: str
) -> None:
    theirs = stranger.work("in_progress", to="technician")
    before = stranger.marks()
    sign_in(client, house, "admin")
    answers = [client.post(f"/work-orders/{pk}/{act}", {"text": "x"}) for pk in (theirs.pk, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert stranger.marks() == before


def test_an_unknown_act_is_not_found_and_acts_are_posted(house: House, client: Client) -> None:
    work_order = house.work()
    sign_in(client, house, "admin")
    assert client.post(at(work_order, "explode")).status_code == 404
    assert client.get(at(work_order, "comment")).status_code == 405


def test_a_post_needs_the_token(house: House) -> None:
    work_order = house.work("assigned", to="technician")
    client = sign_in(Client(enforce_csrf_checks=True), house, "technician")
    assert client.post(at(work_order, "start")).status_code == 403
    assert house.read(work_order).meaning == "assigned"
