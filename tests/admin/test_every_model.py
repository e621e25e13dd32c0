"""Every table of ours in the admin: there, readable, in a constant number of queries, and closed to strangers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.admin import TenantModelAdmin
from core.models import Event
from tenancy.models import Member, Tenant, User
from tests import factories
from tests.admin.conftest import Rows, sign_in, url
from tests.isolation.world import OURS as OUR_APPS
from workorders import actions
from workorders.models import WorkOrder

OURS = [model for label in OUR_APPS for model in apps.get_app_config(label).get_models()]
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
VERBS = {"add": "perform_add", "change": "perform_change", "delete": "perform_delete"}


def ids(model: Any) -> str:
    return str(model._meta.label)


def test_every_model_of_ours_and_nothing_else_is_registered() -> None:
    assert set(admin.site._registry) == set(OURS)


@pytest.mark.parametrize("model", OURS, ids=ids)
def test_a_verb_without_an_act_has_no_permission(model: Any) -> None:
    mine = admin.site._registry[model]
    assert isinstance(mine, TenantModelAdmin)
    for verb, method in VERBS.items():
        acts = getattr(type(mine), method) is not getattr(TenantModelAdmin, method)
        assert (verb in mine.rights) == (acts or (verb == "change" and through_rows_below_only(mine))), verb
    if not through_rows_below_only(mine):
        assert vars(type(mine)).keys().isdisjoint({"save_model", "delete_model", "delete_queryset"})


def through_rows_below_only(mine: Any) -> bool:
    """A calendar's zone, intervals and holidays are one act, called once the rows below are read."""
    return "save_related" in vars(type(mine))


def test_list_and_record_are_read_without_inline_script_or_style(north: Rows, boss: Client) -> None:
    for model in OURS:
        addresses = [url(model, "changelist"), url(model, "change", north[model].pk)]
        if "add" in admin.site._registry[model].rights:
            addresses.append(url(model, "add"))
        for address in addresses:
            page = boss.get(address)
            assert page.status_code == 200, address
            assert INLINE.findall(page.content) == [], address
            assert "script-src 'self'" in page["Content-Security-Policy"], address


def test_a_record_of_another_tenant_is_not_there(north: Rows, west: Rows, boss: Client) -> None:
    for model in OURS:
        strange = west[model]
        answers = [
            boss.get(url(model, "change", strange.pk)),
            boss.get(url(model, "history", strange.pk)),
            boss.post(url(model, "change", strange.pk), {"name": "taken"}),
        ]
        if "delete" in admin.site._registry[model].rights:
            answers.append(boss.post(url(model, "delete", strange.pk), {"post": "yes"}))
        for answer in answers:
            found = (answer.status_code, answer.get("Location"))
            assert found in ((302, reverse("admin:index")), (403, None)), model
        page = boss.get(url(model, "changelist"))
        shown = {row.pk for row in page.context["cl"].result_list}
        assert north[model].pk in shown, model
        assert strange.pk not in shown, model


def test_the_number_of_queries_does_not_grow(north: Rows, boss: Client) -> None:
    pages = [(url(model, "changelist"), url(model, "change", north[model].pk)) for model in OURS]
    addresses = [address for both in pages for address in both]
    for address in addresses:
        boss.get(address)
    before = {address: count_of(boss, address) for address in addresses}
    more(north[Tenant])
    assert {address: count_of(boss, address) for address in addresses} == before
    assert max(before.values()) <= 25


def count_of(http: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert http.get(address).status_code == 200
    return len(queries)


def more(tenant: Tenant) -> None:
    """Two more of most things."""
    for _ in range(2):
        factories.make_role(tenant, ["asset.view"])
        department, site = factories.make_department(tenant), factories.make_location(tenant)
        asset = factories.make_asset(tenant, location=site, category=factories.make_category(tenant))
        member = factories.make_member(tenant, "viewer", scoped=True, places=[site], departments=[department])
        factories.make_key(member)
        fitter = factories.make_technician(tenant)
        factories.make_crew(tenant, [fitter])
        with factories.inside(tenant):
            work_order = actions.report(by=None, tenant=tenant, title="More", asset=asset)
            actions.assign(work_order, by=None, to=fitter, helpers=[factories.make_technician(tenant)])
            actions.comment(work_order, by=None, text="More")
            actions.share(work_order, by=None, with_member=member)


def test_choices_of_a_form_and_of_the_picker_are_this_tenants(north: Rows, west: Rows, boss: Client) -> None:
    from assets.models import Asset

    answer = boss.get(
        reverse("admin:autocomplete"),
        {"app_label": "workorders", "model_name": "workorder", "field_name": "asset", "term": ""},
    )
    with factories.inside(north[Tenant]):
        mine = {str(pk) for pk in Asset.objects.values_list("pk", flat=True)}
    assert {row["id"] for row in answer.json()["results"]} == mine
    page = boss.get(url(WorkOrder, "change", north[WorkOrder].pk))
    form = page.context["adminform"].form
    assert not form.fields["asset"].queryset.filter(pk=west[Asset].pk).exists()
    priorities = {choice.tenant_id for choice in form.fields["priority"].queryset}
    assert priorities == {north[Tenant].pk}


def test_links_may_filter_by_declared_columns_only(north: Rows, boss: Client) -> None:
    from labor.models import Technician
    from tenancy.models import ApiKey

    for model, lookup in (
        (ApiKey, "secret_hash__startswith"),
        (Technician, "hourly_rate__gte"),
        (User, "password__contains"),
    ):
        assert boss.get(url(model, "changelist"), {lookup: "1"}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "meaning=%00",
        "meaning=nothing",
        "priority__id__exact=x",
        "p=99999999999999999999",
        "p=-1",
        "o=77.x",
        "q=%00",
        "q='%22*:|&",
    ],
)
def test_a_broken_address_is_answered_with_a_list(query: str, north: Rows, boss: Client) -> None:
    answer = boss.get(f"{url(WorkOrder, 'changelist')}?{query}", follow=True)
    assert answer.status_code == 200
    assert len(answer.redirect_chain) <= 1


@pytest.mark.parametrize("pk", ["x", "%00", "9" * 40, "..%2f..", "01a1fa60-0744-7bda-99cf-000000000000"])
def test_a_broken_id_is_not_there(pk: str, north: Rows, boss: Client) -> None:
    for model in (WorkOrder, Event):
        answer = boss.get(url(model, "change", "PK").replace("PK", pk))
        assert (answer.status_code, answer.get("Location")) in ((302, reverse("admin:index")), (404, None))


def test_people_without_the_right_stay_outside(north: Rows) -> None:
    for role in ("technician", "dispatcher", "manager", "viewer", "requester", "storekeeper"):
        http = sign_in(factories.make_member(north[Tenant], role))
        for address in (
            reverse("admin:index"),
            url(WorkOrder, "changelist"),
            url(WorkOrder, "change", north[WorkOrder].pk),
        ):
            answer = http.get(address, follow=True)
            assert answer.status_code == 403, (role, address)
            assert "Pump leaks" not in answer.content.decode()


def test_strangers_are_sent_to_the_house_s_own_sign_in(north: Rows) -> None:
    http = Client()
    answer = http.get(reverse("admin:index"))
    assert answer.status_code == 302
    answer = http.get(answer["Location"])
    assert answer["Location"] == "/accounts/login/?next=/admin/"
    answer = http.post(reverse("admin:login"), {"username": north[User].username, "password": factories.PASSWORD})
    assert answer["Location"].startswith("/accounts/login/")
    assert "sessionid" not in http.cookies


def test_one_leaves_and_changes_the_password_by_the_house_s_own_pages(north: Rows, boss: Client) -> None:
    assert boss.get(reverse("admin:password_change"))["Location"] == "/accounts/password/change/"
    assert boss.get(reverse("admin:logout"))["Location"] == "/accounts/logout/"
    assert boss.get(reverse("admin:index")).status_code == 200
    assert boss.post(reverse("admin:logout"))["Location"] == "/accounts/login/"
    assert boss.get(reverse("admin:index")).status_code == 302


def test_a_role_with_the_door_s_key_alone_sees_no_table(north: Rows) -> None:
    role = factories.make_role(north[Tenant], ["admin.access"])
    http = sign_in(factories.make_member(north[Tenant], role))
    assert http.get(reverse("admin:index")).context["app_list"] == []
    for model in OURS:
        assert http.get(url(model, "changelist")).status_code == 403, model


def test_users_are_those_of_the_tenant_and_nothing_secret_is_shown(north: Rows, west: Rows, boss: Client) -> None:
    page = boss.get(url(User, "changelist"))
    with factories.inside(north[Tenant]):
        mine = set(Member.objects.exclude(user=None).values_list("user_id", flat=True))
    assert {row.pk for row in page.context["cl"].result_list} == mine
    record = boss.get(url(User, "change", north[User].pk)).content.decode()
    assert north[User].password not in record
