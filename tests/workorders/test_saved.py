"""Views of the list that people keep: whose they are, what they show, who may change them; the chooser of columns."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from tests.house import House
from workorders import actions, saved_views
from workorders.models import DefaultView, SavedView

LIST = "/work-orders"


def sign_in(client: Client, house: House, name: str = "dispatcher") -> Client:
    client.force_login(house[name].user)
    return client


def keep(house: House, name: str = "Late", *, by: str = "dispatcher", **options: Any) -> SavedView:
    with house.inside():
        return actions.save_view(by=house[by], name=name, **options)


def tabs(response: Any) -> list[str]:
    nav = re.search(r'<nav class="tabs".*?</nav>', response.content.decode(), re.DOTALL)
    return [html.unescape(text) for text in re.findall(r"<a [^>]*>([^<]+)", nav.group(0))] if nav else []


def headings(response: Any) -> list[str]:
    head = re.search(r"<thead>.*?</thead>", response.content.decode(), re.DOTALL)
    assert head is not None
    return re.findall(r"<th scope=\"col\"(?! class=\"pick\")[^>]*>(?:<a [^>]*>)?([^<]+)", head.group(0))


def test_the_address_is_kept_with_its_columns_and_found_again(house: House, client: Client) -> None:
    sign_in(client, house)
    house.work(title="Leak")
    done = client.post(
        f"{LIST}/views/add?search=leak&sort=title&columns=workOrder,due&layout=list&cursor=x", {"name": "Leaks"}
    )
    assert done.status_code == 302
    assert done.headers["Location"].startswith(f"{LIST}?search=leak&sort=title&columns=workOrder%2Cdue&view=")
    page = client.get(done.headers["Location"])
    assert tabs(page) == ["All work", "Leaks"]
    assert headings(page) == ["Work order", "Due"]
    with house.inside():
        view = SavedView.objects.get()
    assert (view.query, view.columns, view.layout, view.shared) == (
        "search=leak&sort=title",
        ["workOrder", "due"],
        "list",
        False,
    )


def test_own_views_are_seen_by_nobody_else_and_shared_ones_by_all(
    house: House, stranger: House, client: Client
) -> None:
    (
        keep(house, "Mine"),
        keep(house, "Ours", by="manager", shared=True),
        keep(stranger, "Theirs", shared=True, by="manager"),
    )
    assert tabs(sign_in(client, house).get(LIST)) == ["All work", "Mine", "Ours"]
    assert tabs(sign_in(client, house, "manager").get(LIST)) == ["All work", "Ours"]


def test_a_list_opens_with_its_default_view(house: House, client: Client) -> None:
    sign_in(client, house)
    client.post(f"{LIST}/views/add?status=open", {"name": "Open", "default": "on"})
    opened = client.get(LIST)
    assert opened.status_code == 302
    assert opened.headers["Location"].startswith(f"{LIST}?status=open&view=")
    assert client.get(f"{LIST}?view=all").status_code == 200
    with house.inside():
        view = SavedView.objects.get()
    client.post(f"{LIST}/views/{view.pk}/plain")
    assert client.get(LIST).status_code == 200


def test_rename_order_share_and_remove(house: House, client: Client) -> None:
    first, second = keep(house, "A"), keep(house, "B")
    sign_in(client, house)
    assert client.post(f"{LIST}/views/{second.pk}/up").status_code == 302
    assert tabs(client.get(LIST)) == ["All work", "B", "A"]
    assert (
        client.post(
            f"{LIST}/views/{first.pk}", {"name": "Late", "shared": "on", "version": first.version + 1}
        ).status_code
        == 302
    )
    assert tabs(client.get(LIST)) == ["All work", "B", "Late"]
    client.post(f"{LIST}/views/{second.pk}/remove")
    assert tabs(client.get(LIST)) == ["All work", "Late"]
    assert b"Late" in client.get(f"{LIST}/views").content


def test_refusals(house: House) -> None:
    view, shared = keep(house), keep(house, "Ours", by="manager", shared=True)
    dispatcher, viewer = house["dispatcher"], house["viewer"]
    without = house.lacking("view.share")
    for fields, field in (
        ({"name": ""}, "name"), ({"name": "late"}, "name"), ({"name": "x" * 61}, "name"), ({"query": "colour=red"}, "query"),
        ({"query": "status=sleeping"}, "query"), ({"query": "sort=colour"}, "query"), ({"layout": "pie"}, "layout"),
        ({"columns": ["colour"]}, "columns"), ({"query": "search=" + "x" * 1600}, "query"),
    ):  # fmt: skip
        with house.refuses(Invalid, field=field):
            actions.save_view(by=dispatcher, **({"name": "Another"} | fields))
    with house.refuses(PermissionDenied, permission="view.share"):
        actions.save_view(by=without, name="Ours", shared=True)
    with house.refuses(PermissionDenied, permission="view.share"):
        actions.update_view(shared, by=without, changes={"name": "Mine"})
    with house.refuses(PermissionDenied, permission="view.share"):
        actions.delete_view(view, by=viewer)
    with house.refuses(Stale):
        actions.update_view(view, by=dispatcher, changes={"name": "X"}, expected_version=9)
    requester = house["requester"]
    with house.refuses(PermissionDenied, permission="workorder.view_all"):
        actions.save_view(by=requester, name="X")
    with house.inside():
        SavedView.objects.bulk_create(SavedView(tenant=house.tenant, owner=dispatcher, name=f"V{n}") for n in range(50))
    with house.refuses(Conflict, code="too_many"):
        actions.save_view(by=dispatcher, name="One more")


def test_what_is_no_longer_shared_opens_nobodys_list(house: House) -> None:
    view = keep(house, "Ours", by="manager", shared=True)
    with house.inside():
        actions.open_with(view, by=house["viewer"])
        actions.update_view(view, by=house["manager"], changes={"shared": False})
        assert DefaultView.objects.count() == 0


def test_another_persons_view_is_not_there(house: House, client: Client) -> None:
    view = keep(house, by="manager")
    sign_in(client, house)
    for path in (f"{LIST}/views/{view.pk}", f"{LIST}/views/{view.pk}/remove"):
        assert client.post(path, {"name": "X"}).status_code == 404
    with house.inside(), pytest.raises(NotFound):
        actions.update_view(SavedView(pk=house.tenant.pk), by=house["dispatcher"], changes={})


def test_views_cost_no_query_until_one_changes(house: House, django_assert_num_queries: Any) -> None:
    keep(house)
    with house.inside():
        member = house.again(house["dispatcher"])
        assert len(saved_views.of(member).every) == 1
        with django_assert_num_queries(0):
            saved_views.of(member)
        actions.save_view(by=member, name="Second")
        assert len(saved_views.of(house.again(member)).every) == 2


def test_columns_are_chosen_and_ordered(house: House, client: Client) -> None:
    sign_in(client, house)
    house.work(title="Leak")
    done = client.post(
        f"{LIST}/columns?search=leak",
        {"show-workOrder": "1", "place-workOrder": "2", "show-progress": "1", "place-progress": "1"},
    )
    assert done.headers["Location"] == f"{LIST}?search=leak&columns=progress%2CworkOrder"
    assert headings(client.get(done.headers["Location"])) == ["Progress", "Work order"]
    assert client.get(f"{LIST}?columns=colour").status_code == 422
    assert b'name="show-description"' in client.get(f"{LIST}/columns").content


@pytest.mark.parametrize("count", [1, 3])
def test_every_column_takes_as_many_queries_for_one_row_as_for_three(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    from workorders.columns import FIXED

    sign_in(client, house)
    for _ in range(count):
        house.work("assigned", to="technician")
    path = f"{LIST}?columns={','.join(FIXED)}"
    client.get(path)
    with django_assert_num_queries(9):
        assert client.get(path).status_code == 200
