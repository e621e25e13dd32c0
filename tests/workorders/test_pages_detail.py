from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests import factories
from tests.house import House


def page_of(client: Client, work_order: Any) -> str:
    return client.get(f"/work-orders/{work_order.pk}").content.decode()


def offered(page: str) -> tuple[str, list[str]]:
    """The primary act and the others in the page's head."""
    head = page[page.index('class="cluster head-act"') : page.index('class="split split-detail"')]
    primary = re.search(r"btn-primary[^>]*>(?:<svg.*?</svg>)([^<]+)<", head, re.DOTALL)
    every = re.findall(r"</svg>([^<]+)</(?:a|button)>", head)
    first = primary.group(1) if primary else ""
    return first, [label for label in every if label not in (first, "Print", "PDF")]


@pytest.mark.parametrize(
    ("person", "meaning", "primary", "others"),
    [
        ("dispatcher", "open", "Assign", ["Start", "Cancel work", "Edit", "Show to others"]),
        ("dispatcher", "assigned", "Start", ["Reassign", "Hold", "Cancel work", "Edit", "Show to others"]),
        ("dispatcher", "completed", "", ["Edit", "Show to others"]),
        ("manager", "completed", "Verify and close", ["Send back", "Edit", "Show to others"]),
        ("manager", "closed", "", ["Open a follow-up"]),
        ("technician", "open", "Start", ["Take it"]),
        ("technician", "assigned", "Start", ["Hold"]),
        ("technician", "in_progress", "Complete", ["Hold"]),
        ("technician", "on_hold", "Resume", []),
        ("technician", "completed", "", []),
        ("viewer", "in_progress", "", []),
    ],
)
def test_the_page_offers_what_comes_next_for_this_person(
    house: House, client: Client, person: str, meaning: str, primary: str, others: list[str]
) -> None:
    work_order = house.work(meaning, to="" if meaning == "open" else "technician")
    client.force_login(house[person].user)
    first, rest = offered(page_of(client, work_order))
    assert (first, sorted(rest)) == (primary, sorted(others))


def test_the_page_tells_the_whole_story_newest_first(house: House, client: Client) -> None:
    work_order = house.work("on_hold", to="technician", title="Leak")
    factories.make_comment(work_order, by=house["dispatcher"], text="Kit is ordered")
    client.force_login(house["dispatcher"].user)
    page = page_of(client, work_order)
    told = re.findall(r'<div class="what"><p><strong>([^<]*)</strong> ([^<]*?) <', page)
    assert told == [
        (house["dispatcher"].name, "commented"),
        ("Millwright", "put this on hold"),
        ("Millwright", "started this"),
        ("Millwright", f"assigned this to {house['technician'].name}"),
        ("Millwright", "reported this"),
    ]
    assert "On hold: waiting for parts." in page
    assert "Kit is ordered" in page


def test_a_requester_follows_without_the_workshops_notes(house: House, client: Client) -> None:
    requester = house["requester"]
    with house.inside():
        work_order = factories.actions.report(by=requester, title="Door squeaks")
    factories.make_comment(work_order, by=house["dispatcher"], text="They always break it")
    factories.make_comment(work_order, by=house["dispatcher"], text="We come tomorrow", for_requester=True)
    client.force_login(requester.user)
    page = page_of(client, work_order)
    assert ("We come tomorrow" in page, "They always break it" in page) == (True, False)


def test_text_of_people_is_escaped_everywhere(house: House, client: Client) -> None:
    evil = '"><script>alert(1)</script>{{ 7|add:7 }}'
    asset = factories.make_asset(house.tenant, name=evil, location=factories.make_location(house.tenant, name=evil))
    work_order = house.work("in_progress", to="technician", title=evil, description=evil, asset=asset)
    factories.make_comment(work_order, by=house["dispatcher"], text=evil)
    client.force_login(house["dispatcher"].user)
    page = page_of(client, work_order)
    assert "<script>alert(1)" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
    assert "{{ 7|add:7 }}" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_one_comment_and_three(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    asset = factories.make_asset(house.tenant, location=factories.make_location(house.tenant))
    work_order = house.work("in_progress", to="technician", asset=asset)
    for number in range(count):
        factories.make_comment(work_order, by=house["dispatcher"], text=f"Note {number}")
        house.work(title=f"Other {number}", asset=asset)
    client.force_login(house["dispatcher"].user)
    page_of(client, work_order)
    with django_assert_num_queries(33):
        page = page_of(client, work_order)
    # Beside the machine and among what to know before one starts.
    assert (page.count("Note "), page.count("Other ")) == (count, 2 * count + 1)


def test_nothing_is_told_about_other_tenants_work(house: House, stranger: House, client: Client) -> None:
    theirs = stranger.work(title="Secret")
    client.force_login(house["admin"].user)
    answers = [client.get(f"/work-orders/{pk}") for pk in (theirs.pk, uuid4())]
    bodies = [re.sub(r'(value|X-CSRFToken)"?: ?"?=?"?\w{64}', "", answer.content.decode()) for answer in answers]
    paths = [body.replace(str(theirs.pk), "") for body in bodies]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(paths[0]) == len(paths[1])
    assert client.get("/work-orders/not-an-id").status_code == 404


def test_the_page_is_for_members(house: House, client: Client) -> None:
    work_order = house.work()
    assert client.get(f"/work-orders/{work_order.pk}").status_code == 302
    client.force_login(house["requester"].user)
    assert client.get(f"/work-orders/{work_order.pk}").status_code == 404
    client.force_login(factories.make_user())
    assert client.get(f"/work-orders/{work_order.pk}").status_code == 403


def test_closed_work_without_a_place_does_not_lead_to_an_edit_that_is_refused(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    pages = {
        meaning: client.get(f"/work-orders/{house.work(meaning, to='technician').pk}").content.decode()
        for meaning in ("in_progress", "closed")
    }
    assert {meaning: "Say where" in page for meaning, page in pages.items()} == {"in_progress": True, "closed": False}
