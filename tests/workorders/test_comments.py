"""Notes: mention, change, and what was said before."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from core import context
from core.errors import Conflict, Invalid, PermissionDenied, Stale
from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import actions, mentions
from workorders.choices import NOTE_LENGTH
from workorders.models import Comment, CommentRevision, Mention, WorkOrder


def mentioned(note: Comment) -> set[Any]:
    with context.use(tenant_id=note.tenant_id), transaction.atomic():
        return set(Mention.objects.filter(comment=note).values_list("member_id", flat=True))


def note(house: House, work_order: WorkOrder, text: str, by: str = "dispatcher", **options: Any) -> Comment:
    author = house[by]
    with house.inside():
        return actions.comment(work_order, by=author, text=text, **options)


def test_who_is_typed_with_the_full_name_is_mentioned_and_told(house: House) -> None:
    work_order = house.work("assigned", to="technician")
    manager, technician = house["manager"], house["technician"]
    seen = house.last_event()
    made = note(house, work_order, "Ask @manager and @Technician, please; not x@viewer")
    assert mentioned(made) == {manager.pk, technician.pk}
    told = [(kind, changes) for kind, _, changes in house.events(after=seen)]
    assert told[0] == ("work_order.commented", {"note": [None, str(made.pk)]})
    assert {changes["member"][1] for kind, changes in told[1:]} == {str(manager.pk), str(technician.pk)}
    assert {kind for kind, _ in told[1:]} == {"work_order.mentioned"}


def test_the_longest_name_is_meant(house: House) -> None:
    work_order = house.work()
    ann = factories.make_member(house.tenant, "manager", name="Ann Lee")
    longer = factories.make_member(house.tenant, "manager", name="Ann Lee Berg")
    assert mentioned(note(house, work_order, "@ann lee berg: look")) == {longer.pk}
    assert mentioned(note(house, work_order, "@Ann Lee, look; @Ann Leeds is nobody")) == {ann.pk}


def test_nobody_mentions_themselves(house: House) -> None:
    assert mentioned(note(house, house.work(), "I, @dispatcher, was here")) == set()


def test_mentions_of_people_who_would_never_read_it_are_refused(house: House, stranger: House) -> None:
    work_order, by = house.work("assigned", to="technician", requested_by=house["requester"]), house["dispatcher"]
    house["technician2"], house["requester"]
    inactive = factories.make_member(house.tenant, "manager", name="Gone", is_active=False)
    with house.refuses(Invalid, field="text"):
        actions.comment(work_order, by=by, text="@technician2 should know")
    with house.refuses(Invalid, field="text"):
        actions.comment(work_order, by=by, text="@requester should know")
    for unseeing in (house["technician2"], house["requester"], stranger["manager"], inactive):
        with house.refuses(Invalid, field="mentions"):
            actions.comment(work_order, by=by, text="Look", mentions=[unseeing])
    shown = note(house, work_order, "@requester: tomorrow", for_requester=True)
    assert mentioned(shown) == {house["requester"].pk}


def test_who_follows_their_own_request_mentions_nobody(house: House) -> None:
    work_order = house.work(requested_by=house["requester"])
    manager = house["manager"]
    made = note(house, work_order, "Dear @manager", by="requester")
    assert mentioned(made) == set()
    with house.refuses(Invalid, field="mentions"):
        actions.comment(work_order, by=house["requester"], text="Dear manager", mentions=[manager])
    with house.inside():
        assert mentions.offered(work_order, house["requester"], "") == []


def test_those_offered_are_those_who_see_it(house: House, stranger: House) -> None:
    """The same answer as `visible_to`, asked person by person, over roles, scopes, crews, shares and states."""
    tenant = house.tenant
    here, there = factories.make_location(tenant), factories.make_location(tenant)
    for name in ("admin", "manager", "technician", "technician2", "requester", "viewer", "storekeeper"):
        house[name]
    stranger["manager"]
    for place in (here, there):
        for role in ("dispatcher", "technician"):
            factories.make_member(tenant, role, scoped=True, places=[place])
    crewed = factories.make_technician(tenant)
    crew = factories.make_crew(tenant, [crewed])
    orders = [
        house.work(location=here),
        house.work("assigned", to="technician", location=there),
        house.work("closed", to="technician", requested_by=house["requester"]),
        house.work(crew=crew, location=here),
        house.work("in_progress", to="technician2"),
    ]
    with house.inside():
        actions.share(orders[1], by=None, with_member=house["technician2"])
        for work_order in orders:
            members = list(mentions.candidates(work_order))
            expected = {
                one.pk for one in members if WorkOrder.objects.visible_to(one).filter(pk=work_order.pk).exists()
            }
            assert mentions.seeing(work_order, members) == expected
            assert 0 < len(expected) < len(members)


@pytest.mark.parametrize("count", [1, 3])
def test_offering_takes_the_same_queries_for_one_and_three(
    house: House, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work()
    for number in range(count):
        factories.make_member(house.tenant, "technician", name=f"Anna {number}")
    by = house["dispatcher"]
    with house.inside(), django_assert_num_queries(2):
        found = mentions.offered(work_order, by, "ann")
    assert [name for _, name in found] == [f"Anna {number}" for number in range(count)]


def test_a_note_is_changed_by_its_author_and_what_it_said_is_kept(house: House) -> None:
    work_order, manager = house.work("closed"), house["manager"]
    viewer = house.having("workorder.view_all", name="Vera")
    made = note(house, work_order, "Ask @Vera", by="dispatcher")
    seen, before = house.last_event(), house.read(work_order).version
    with house.inside():
        actions.edit_comment(made, by=house["dispatcher"], text="Ask @manager ")
    found = house.read(made)
    assert (found.text, found.version, found.edited_at is not None) == ("Ask @manager", 2, True)
    assert mentioned(made) == {manager.pk} != {viewer.pk}
    with house.inside():
        assert list(CommentRevision.objects.values_list("text", flat=True)) == ["Ask @Vera"]
    assert [kind for kind, _, _ in house.events(after=seen)] == ["work_order.note_edited", "work_order.mentioned"]
    assert house.read(work_order).version == before + 1


def test_an_edit_that_says_the_same_writes_nothing(house: House) -> None:
    made = note(house, house.work(), "Ask @manager", mentions=[house["viewer"]])
    marks = house.marks()
    with house.inside():
        actions.edit_comment(made, by=house["dispatcher"], text=" Ask @manager")
    assert house.marks() == marks
    assert house["viewer"].pk in mentioned(made)


def test_edit_refusals(house: House) -> None:
    work_order = house.work()
    made, by = note(house, work_order, "First"), house["dispatcher"]
    with house.refuses(Conflict, code="not_author"):
        actions.edit_comment(made, by=house["manager"], text="Mine")
    with house.refuses(PermissionDenied, permission="workorder.comment"):
        actions.edit_comment(made, by=house["viewer"], text="Mine")
    with house.refuses(Stale):
        actions.edit_comment(made, by=by, text="Other", expected_version=7)
    for text in ("", " \n", "x" * (NOTE_LENGTH + 1)):
        with house.refuses(Invalid, field="text"):
            actions.edit_comment(made, by=by, text=text)
    late = note(house, work_order, "Old", at=timezone.now() - dt.timedelta(minutes=16))
    with house.refuses(Conflict, code="too_late"):
        actions.edit_comment(late, by=by, text="New")
    fresh = note(house, work_order, "Young", at=timezone.now() - dt.timedelta(minutes=14))
    with house.inside():
        assert actions.edit_comment(fresh, by=by, text="New").text == "New"


# --- Doors ------------------------------------------------------------------------------------------------------------
def test_a_note_has_the_same_length_at_every_door(house: House, client: Client) -> None:
    work_order, longest = house.work(), "x" * NOTE_LENGTH
    client.force_login(house["dispatcher"].user)
    assert f'maxlength="{NOTE_LENGTH}"' in client.get(f"/work-orders/{work_order.pk}").content.decode()
    api = caller(house["dispatcher"])
    for text, page_status, api_status in ((longest, 302, 201), (longest + "x", 422, 400)):
        assert client.post(f"/work-orders/{work_order.pk}/comment", {"text": text}).status_code == page_status
        assert api.post(f"work-orders/{work_order.pk}/notes", {"text": text}).status_code == api_status


def test_the_page_and_the_api_leave_the_same(house: House, client: Client) -> None:
    manager = house["manager"]
    client.force_login(house["dispatcher"].user)
    api = caller(house["dispatcher"])
    left = []
    for door in ("page", "api", "action"):
        work_order = house.work("closed")
        seen = house.last_event()
        if door == "page":
            client.post(f"/work-orders/{work_order.pk}/comment", {"text": "See @manager"})
            with house.inside():
                made = Comment.objects.get(work_order=work_order)
            href = f"/work-orders/{work_order.pk}/comments/{made.pk}/edit"
            assert client.get(href).status_code == 200
            done = client.post(href, {"text": "Seen by @manager", "version": "1"})
            assert done.headers["Location"].endswith(f"#note-{made.pk}")
        elif door == "api":
            made_id = api.post(f"work-orders/{work_order.pk}/notes", {"text": "See @manager"}).json()["id"]
            api.patch(f"work-orders/{work_order.pk}/notes/{made_id}", {"text": "Seen by @manager"}, If_Match='"1"')
        else:
            with house.inside():
                made = actions.comment(work_order, by=house["dispatcher"], text="See @manager")
                actions.edit_comment(made, by=house["dispatcher"], text="Seen by @manager")
        with house.inside():
            row = Comment.objects.filter(work_order=work_order).values("text", "author_id", "for_requester", "version")
            left.append(
                (
                    row.get(),
                    list(CommentRevision.objects.filter(comment__work_order=work_order).values_list("text", flat=True)),
                    list(Mention.objects.filter(comment__work_order=work_order).values_list("member_id", flat=True)),
                    [kind for kind, _, _ in house.events(after=seen)],
                )
            )
    assert left[0] == left[1] == left[2]
    assert left[0][2] == [manager.pk]


def test_the_api_tells_a_note_with_its_earlier_texts(house: House) -> None:
    work_order, manager = house.work(), house["manager"]
    api = caller(house["dispatcher"])
    made = api.post(f"work-orders/{work_order.pk}/notes", {"text": "One", "mentions": [str(manager.pk)]}).json()
    assert made["mentions"] == [str(manager.pk)]
    href = f"work-orders/{work_order.pk}/notes/{made['id']}"
    api.put(href, {"text": "Two"})
    found = api.get(href)
    assert (found.json()["text"], found.headers["ETag"]) == ("Two", '"2"')
    assert [one["text"] for one in found.json()["earlierTexts"]] == ["One"]
    assert found.json()["editedAt"]
    assert found.json()["mentions"] == [str(manager.pk)]
    assert api.patch(href, {"text": "Three"}, If_Match='"1"').status_code == 412
    refused = caller(manager).patch(href, {"text": "Three"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_author")
    assert api.delete(href).status_code == 405


def test_a_requester_finds_only_notes_for_them(house: House, client: Client) -> None:
    work_order = house.work(requested_by=house["requester"])
    inner = note(house, work_order, "Internal")
    outer = note(house, work_order, "For you, @requester", for_requester=True)
    with house.inside():
        actions.edit_comment(inner, by=house["dispatcher"], text="Still internal")
    api = caller(house["requester"])
    assert api.get(f"work-orders/{work_order.pk}/notes/{inner.pk}").status_code == 404
    assert [one["text"] for one in api.get(f"work-orders/{work_order.pk}/notes").json()["notes"]] == [outer.text]
    kinds = {one["type"] for one in api.get(f"work-orders/{work_order.pk}/history").json()["events"]}
    assert kinds == {"work_order.created"}
    client.force_login(house["requester"].user)
    assert client.get(f"/work-orders/{work_order.pk}/comments/{inner.pk}/earlier").status_code == 404
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    assert ("internal" in page.lower(), "data-mentions" in page) == (False, False)


def test_the_thread_marks_what_was_edited_and_who_is_meant(house: House, client: Client) -> None:
    work_order, viewer = house.work(), factories.make_member(house.tenant, "viewer", name="<b>Bo</b> Berg")
    made = note(house, work_order, "<i>Ask</i> @<b>Bo</b> Berg, x")
    assert mentioned(made) == {viewer.pk}
    with house.inside():
        actions.edit_comment(made, by=house["dispatcher"], text="Ask @<b>Bo</b> Berg now")
    client.force_login(house["dispatcher"].user)
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    assert 'Ask <span class="mention">@&lt;b&gt;Bo&lt;/b&gt; Berg</span> now' in page
    assert ">edited</a>" in page
    earlier = client.get(f"/work-orders/{work_order.pk}/comments/{made.pk}/earlier").content.decode()
    assert "&lt;i&gt;Ask&lt;/i&gt;" in earlier
    client.force_login(house["manager"].user)
    assert "Change this note" not in client.get(f"/work-orders/{work_order.pk}").content.decode()
    refused = client.post(f"/work-orders/{work_order.pk}/comments/{made.pk}/edit", {"text": "Mine"})
    assert (refused.status_code, "only by who wrote it" in refused.content.decode()) == (422, True)


def test_the_api_offers_members_by_name(house: House, stranger: House) -> None:
    work_order = house.work("assigned", to="technician")
    house["technician2"]
    api = caller(house["dispatcher"])
    names = [one["name"] for one in api.get(f"work-orders/{work_order.pk}/mentionable?search=tech").json()["members"]]
    assert names == ["technician"]
    assert api.get(f"work-orders/{stranger.work().pk}/mentionable").status_code == 404


def test_a_stranger_s_note_does_not_exist(house: House, stranger: House, client: Client) -> None:
    theirs = stranger.work()
    made = note(stranger, theirs, "Secret")
    mine = house.work()
    api = caller(house["admin"])
    for order in (theirs, mine):
        assert api.patch(f"work-orders/{order.pk}/notes/{made.pk}", {"text": "x"}).status_code == 404
    client.force_login(house["admin"].user)
    assert client.get(f"/work-orders/{mine.pk}/comments/{made.pk}/edit").status_code == 404


def test_files_are_attached_to_a_note_by_page_and_by_api(house: House, client: Client) -> None:
    work_order = house.work(requested_by=house["requester"])
    client.force_login(house["dispatcher"].user)
    sent = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 a plan")
    done = client.post(f"/work-orders/{work_order.pk}/comment", {"text": "See the plan", "attached": [sent]})
    assert done.status_code == 302
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    assert re.search(r'class="note-files"><li><a [^>]+download>.*?plan\.pdf', page, re.DOTALL)
    found = caller(house["dispatcher"]).get(f"work-orders/{work_order.pk}/notes").json()["notes"]
    assert [file["filename"] for file in found[0]["attachments"]] == ["plan.pdf"]
    assert caller(house["requester"]).get(f"work-orders/{work_order.pk}/notes").json()["notes"] == []


def test_a_refused_file_takes_the_note_back(house: House, client: Client) -> None:
    work_order = house.work()
    client.force_login(house["dispatcher"].user)
    bad = SimpleUploadedFile("run.exe", b"MZ" + b"\x00" * 60)
    refused = client.post(f"/work-orders/{work_order.pk}/comment", {"text": "See the plan", "attached": [bad]})
    assert (refused.status_code, "See the plan" in refused.content.decode()) == (422, True)
    with house.inside():
        assert Comment.objects.filter(work_order=work_order).count() == 0


def test_the_story_tells_of_links(house: House, client: Client) -> None:
    one, two = house.work(), house.work()
    with house.inside():
        actions.link(one, by=house["dispatcher"], kind="blocks", to=two)
    client.force_login(house["dispatcher"].user)
    assert "It must be done before other work" in client.get(f"/work-orders/{one.pk}").content.decode()
    assert "It waits until other work is done" in client.get(f"/work-orders/{two.pk}").content.decode()
