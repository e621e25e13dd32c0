"""What is done in the admin is what the acts do: the same facts, the same refusals, as sentences."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assets.models import Asset, Category, Location
from core.models import AuditEntry, Event, FailedDelivery
from labor.models import Crew, Technician
from tenancy.models import ApiKey, Calendar, Department, Invitation, Member, Role, Tenant
from tests import factories
from tests.admin.conftest import Rows, said, sign_in, typed, url
from workorders import actions
from workorders.choices import Meaning
from workorders.models import Comment, Priority, Status, StatusLog, Transition, WorkOrder, WorkOrderException


def fresh(row: Any, tenant: Tenant) -> Any:
    with factories.inside(tenant):
        return type(row)._default_manager.get(pk=row.pk)


def events_of(row: Any, tenant: Tenant) -> list[tuple[Any, ...]]:
    with factories.inside(tenant):
        found = Event.objects.filter(object_id=row.pk).order_by("seq")
        return [(event.type, event.actor_id, event.changes) for event in found]


def test_editing_a_work_order_leaves_what_the_act_leaves(north: Rows, boss: Client) -> None:
    tenant, by = north[Tenant], north[Member]
    with factories.inside(tenant, actor_id=by.pk):
        by_act = actions.report(by=by, title="Pump leaks")
        by_admin = actions.report(by=by, title="Pump leaks")
        actions.update(by_act, by=by, changes={"title": "Pump leaks oil", "estimated_minutes": 90})
    answer = typed(boss, url(WorkOrder, "change", by_admin.pk), title="Pump leaks oil", estimated_minutes="90")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    one, other = fresh(by_act, tenant), fresh(by_admin, tenant)
    for name in ("title", "estimated_minutes", "version", "status_id", "priority_id", "description"):
        assert getattr(one, name) == getattr(other, name), name
    assert events_of(by_act, tenant)[-1] == events_of(by_admin, tenant)[-1]
    with factories.inside(tenant):
        entries = AuditEntry.objects.filter(row_id=str(by_admin.pk), action="update")
        (entry,) = entries
    assert (entry.source, entry.actor_id) == ("admin", by.pk)
    assert (entry.before["title"], entry.after["title"]) == ("Pump leaks", "Pump leaks oil")


def test_saving_an_unchanged_form_changes_nothing(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    for model in (WorkOrder, Location, Asset, Technician, Crew, Role, Status, Transition, Priority, Department):
        before, told = fresh(north[model], tenant), events_of(north[model], tenant)
        answer = typed(boss, url(model, "change", north[model].pk))
        assert answer.status_code == 302, (model, answer.context["adminform"].form.errors)
        assert fresh(north[model], tenant).version == before.version, model
        assert events_of(north[model], tenant) == told, model


def test_reporting_work_gives_a_number_and_one_event(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    answer = typed(boss, url(WorkOrder, "add"), title="Belt slips", asset=str(north[Asset].pk))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with factories.inside(tenant):
        made = WorkOrder.objects.get(title="Belt slips")
        assert made.location_id == north[Asset].location_id
        assert made.number.startswith("WO-")
        assert StatusLog.objects.filter(work_order=made).count() == 1
    assert [kind for kind, *_ in events_of(made, tenant)] == ["work_order.created"]


def test_what_the_act_refuses_is_said_in_the_form_and_nothing_is_written(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    closed = factories.make_work_order(tenant, meaning=Meaning.CLOSED)
    told = events_of(closed, tenant)
    page = typed(boss, url(WorkOrder, "change", closed.pk), title="Something else")
    assert page.status_code == 200
    assert "A closed work order is kept as it is." in page.content.decode()
    assert page.context["adminform"].form["title"].value() == "Something else"
    assert fresh(closed, tenant).title == closed.title
    assert events_of(closed, tenant) == told


def test_a_refusal_about_a_field_stands_at_the_field(north: Rows, boss: Client) -> None:
    page = typed(boss, url(Location, "change", north[Location].pk), time_zone="Mars/Base")
    assert page.context["adminform"].form.errors["time_zone"] == [
        "Choose a time zone from the list, for example Australia/Perth."
    ]


def test_somebody_else_s_change_in_between_is_not_written_over(north: Rows, boss: Client) -> None:
    tenant, work_order = north[Tenant], north[WorkOrder]
    page = typed(boss, url(WorkOrder, "change", work_order.pk), title="Late", expected_version="1")
    assert "Somebody changed this in the meantime." in page.content.decode()
    assert fresh(work_order, tenant).title == "Pump leaks"


def test_a_form_of_another_organisation_saves_nothing_here(north: Rows, boss: Client) -> None:
    page = typed(boss, url(Category, "add"), name="Pumps", made_for="elsewhere")
    assert "This form belongs to another organisation." in page.content.decode()
    with factories.inside(north[Tenant]):
        assert not Category.objects.filter(name="Pumps").exists()


def test_deleting_is_refused_with_the_sentence(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    running = factories.make_work_order(tenant, meaning=Meaning.IN_PROGRESS)
    answer = boss.post(url(WorkOrder, "delete", running.pk), {"post": "yes"})
    assert said(boss, answer) == ["Work order is in progress"]
    assert fresh(running, tenant).pk == running.pk
    answer = boss.post(url(Status, "delete", running.status_id), {"post": "yes"})
    assert said(boss, answer) == ["This is the default: make another one the default first."]


def test_deleting_from_the_list_is_all_or_nothing(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    # The list begins with the newest: the one that may go is deleted before the other is refused.
    running, idle = factories.make_work_order(tenant, meaning=Meaning.IN_PROGRESS), factories.make_work_order(tenant)
    chosen = {"action": "delete_selected", "_selected_action": [str(idle.pk), str(running.pk)]}
    page = boss.post(url(WorkOrder, "changelist"), chosen)
    assert page.status_code == 200
    assert idle.number in page.content.decode()
    answer = boss.post(url(WorkOrder, "changelist"), chosen | {"post": "yes"})
    assert said(boss, answer) == [f"Nothing was deleted. {running}: Work order is in progress"]
    assert fresh(idle, tenant).pk == idle.pk
    answer = boss.post(
        url(WorkOrder, "changelist"),
        {"action": "delete_selected", "_selected_action": [str(idle.pk)], "post": "yes"},
    )
    assert answer.status_code == 302
    assert events_of(idle, tenant)[-1][0] == "work_order.deleted"


def chosen(http: Client, action: str, *rows: Any, **fields: Any) -> Any:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return http.post(url(rows[0], "changelist"), data | fields)


def test_cancelling_asks_why_and_tells_what_was_refused(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    idle, closed = factories.make_work_order(tenant), factories.make_work_order(tenant, meaning=Meaning.CLOSED)
    page = chosen(boss, "cancel", idle, closed)
    assert "Why will this work not be done?" in page.content.decode()
    assert fresh(idle, tenant).meaning == Meaning.OPEN
    answer = chosen(boss, "cancel", idle, closed, reason="Machine was sold")
    sentences = said(boss, answer)
    assert sentences[0] == "1 cancelled."
    assert sentences[1].startswith(f"{closed}: ")
    assert fresh(idle, tenant).meaning == Meaning.CANCELLED
    assert fresh(closed, tenant).meaning == Meaning.CLOSED
    with factories.inside(tenant):
        assert StatusLog.objects.get(work_order=idle, to_meaning=Meaning.CANCELLED).reason == "Machine was sold"


def test_closing_and_taking_from_the_list(north: Rows, boss: Client) -> None:
    tenant, by = north[Tenant], north[Member]
    done, idle = factories.make_work_order(tenant, meaning=Meaning.COMPLETED), factories.make_work_order(tenant)
    assert said(boss, chosen(boss, "verify", done)) == ["1 closed."]
    assert fresh(done, tenant).meaning == Meaning.CLOSED
    assert said(boss, chosen(boss, "assign_to_me", idle)) == [
        "You have no technician profile, so no work can be assigned to you."
    ]
    with factories.inside(tenant):
        Technician.objects.create(member=by, tenant=tenant)
    assert said(boss, chosen(boss, "assign_to_me", idle)) == ["1 assigned to you."]
    assert fresh(idle, tenant).assigned_to_id == by.pk
    assert events_of(idle, tenant)[-1][:2] == ("work_order.assigned", by.pk)


def test_an_action_on_another_tenant_s_rows_does_nothing(north: Rows, west: Rows, boss: Client) -> None:
    idle = factories.make_work_order(west[Tenant])
    chosen(boss, "cancel", idle, reason="Mischief")
    assert fresh(idle, west[Tenant]).meaning == Meaning.OPEN


def test_a_commented_and_shared_work_order(north: Rows, boss: Client) -> None:
    tenant, work_order = north[Tenant], north[WorkOrder]
    answer = typed(boss, url(Comment, "add"), work_order=str(work_order.pk), text="Parts are here")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert events_of(work_order, tenant)[-1][0] == "work_order.commented"
    assert said(boss, chosen(boss, "end", north[WorkOrderException]))[-1:] == ["1 shown no longer."]
    assert events_of(work_order, tenant)[-1][0] == "work_order.unshared"


def test_members_and_roles_go_by_their_acts(north: Rows, boss: Client) -> None:
    tenant, by = north[Tenant], north[Member]
    page = typed(boss, url(Member, "change", by.pk), is_active=None)
    assert "Somebody else must change your own role, scope or membership." in page.content.decode()
    helper = factories.make_member(tenant, "viewer", name="Hal Helper")
    answer = typed(boss, url(Member, "change", helper.pk), is_active=None)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert events_of(helper, tenant)[-1][0] == "member.deactivated"
    viewer = fresh(helper.role, tenant)
    answer = typed(boss, url(Role, "change", viewer.pk), permissions=["asset.view", "location.view"])
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert fresh(viewer, tenant).permissions == ["asset.view", "location.view"]
    page = typed(boss, url(Role, "change", by.role_id), permissions=["asset.view"])
    assert "The administrator&#x27;s role keeps every permission." in page.content.decode()
    assert said(boss, boss.post(url(Role, "delete", viewer.pk), {"post": "yes"})) == [
        "Members or open invitations have this role: give them another first."
    ]


def test_invitations_and_keys_are_revoked(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    for row, name in ((north[Invitation], "member.invitation_revoked"), (north[ApiKey], "key.revoked")):
        assert said(boss, chosen(boss, "revoke", row)) == ["1 revoked."]
        assert fresh(row, tenant).revoked_at is not None
        assert events_of(row, tenant)[-1][0] == name
        (again,) = said(boss, chosen(boss, "revoke", row))
        assert again.startswith(f"{row}: ")


def test_places_assets_and_people(north: Rows, boss: Client) -> None:
    tenant, site = north[Tenant], north[Location]
    answer = typed(boss, url(Location, "add"), name="Hall 1", kind="building", parent=str(site.pk))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with factories.inside(tenant):
        hall = Location.objects.get(name="Hall 1")
        assert hall.site_id == site.pk
    page = typed(boss, url(Location, "change", site.pk), parent=str(hall.pk))
    assert page.context["adminform"].form.errors["parent"] == ["A site stands in: the top, region."]
    assert said(boss, chosen(boss, "archive", site)) == [f"{site}: There are places below it: archive those first."]
    asset = north[Asset]
    page = typed(boss, url(Asset, "change", asset.pk), status="out_of_service")
    assert page.context["adminform"].form.errors["reason"] == ["Say why it is out of service."]
    answer = typed(boss, url(Asset, "change", asset.pk), status="out_of_service", reason="Gearbox", serial="S-1")
    assert answer.status_code == 302
    assert [kind for kind, *_ in events_of(asset, tenant)][-2:] == ["asset.updated", "asset.status_changed"]
    helper = factories.make_member(tenant, "viewer")
    answer = typed(boss, url(Technician, "add"), member=str(helper.pk), trade="Welder", hourly_rate="40")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    answer = typed(boss, url(Crew, "change", north[Crew].pk), technicians=[str(helper.pk), str(north[Technician].pk)])
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with factories.inside(tenant):
        assert set(north[Crew].memberships.values_list("technician_id", flat=True)) == {
            helper.pk,
            north[Technician].pk,
        }


def test_rates_are_hidden_from_those_who_may_not_see_them(north: Rows) -> None:
    role = factories.make_role(north[Tenant], ["admin.access", "people.view", "people.edit"])
    http = sign_in(factories.make_member(north[Tenant], role))
    page = http.get(url(Technician, "change", north[Technician].pk))
    assert page.status_code == 200
    assert "hourly_rate" not in page.content.decode()


def test_the_graph_and_the_catalogue(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    answer = typed(boss, url(Status, "add"), name="Waiting for crane", meaning="on_hold", position="9")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with factories.inside(tenant):
        crane = Status.objects.get(name="Waiting for crane")
        running = Status.objects.get(meaning="in_progress", is_default=True)
    answer = typed(
        boss, url(Transition, "add"), from_status=str(running.pk), to_status=str(crane.pk), requires_reason="on"
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with factories.inside(tenant):
        edge = Transition.objects.get(from_status=running, to_status=crane)
    page = typed(boss, url(Transition, "add"), from_status=str(running.pk), to_status=str(crane.pk))
    assert page.context["adminform"].form.errors["to_status"] == [
        "There is such a transition already: change that one."
    ]
    answer = typed(boss, url(Transition, "change", edge.pk), required_fields=["asset"], guard_field="asset")
    assert answer.context["adminform"].form.errors.get("guard_field") == ["A guard needs a field and a comparison."]
    answer = typed(boss, url(Transition, "change", edge.pk), required_fields=["asset"])
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert fresh(edge, tenant).required_fields == ["asset"]
    assert fresh(edge, tenant).requires_reason is True
    assert boss.post(url(Transition, "delete", edge.pk), {"post": "yes"}).status_code == 302
    with factories.inside(tenant):
        assert not Transition.objects.filter(pk=edge.pk).exists()


def test_working_time_is_saved_with_its_rows(north: Rows, boss: Client) -> None:
    tenant, calendar = north[Tenant], north[Calendar]
    address = url(Calendar, "change", calendar.pk)
    page = typed(boss, address, **{"intervals-0-ends": "07:00:00"})
    assert page.status_code == 200
    assert "Each interval ends after it starts, on a weekday from Monday to Sunday." in page.content.decode()
    answer = typed(boss, address, **{"intervals-0-ends": "16:30:00", "holidays-0-DELETE": "on"})
    assert answer.status_code == 302, answer.context["errors"]
    with factories.inside(tenant):
        assert str(calendar.intervals.first()) == "0 08:00–16:30"
        assert calendar.holidays.count() == 0
        assert calendar.intervals.count() == 5
    assert events_of(calendar, tenant)[-1][0] == "calendar.updated"


def test_a_failed_delivery_is_due_at_once(north: Rows, boss: Client) -> None:
    failed = north[FailedDelivery]
    assert failed.next_at is None
    assert said(boss, chosen(boss, "try_again", failed)) == ["1 will be tried again in a moment."]
    assert fresh(failed, north[Tenant]).next_at <= timezone.now()
    looker = factories.make_role(north[Tenant], ["admin.access", "audit.view"])
    http = sign_in(factories.make_member(north[Tenant], looker))
    assert http.get(url(failed, "changelist")).context["action_form"] is None


@pytest.mark.parametrize("model", [Event, AuditEntry, StatusLog])
def test_logs_are_read_only(model: Any, north: Rows, boss: Client) -> None:
    row = north[model]
    assert boss.post(url(model, "change", row.pk), {"reason": "x"}).status_code == 403
    assert boss.get(url(model, "add")).status_code == 403
    assert boss.get(url(model, "delete", row.pk)).status_code == 403


def test_the_history_of_a_record_is_the_audit_trail(north: Rows, boss: Client) -> None:
    answer = boss.get(url(WorkOrder, "history", north[WorkOrder].pk), follow=True)
    assert {entry.row_id for entry in answer.context["cl"].result_list} == {str(north[WorkOrder].pk)}
    assert answer.context["cl"].result_count >= 2


def test_search_finds_words_of_the_description(north: Rows, boss: Client) -> None:
    page = boss.get(url(WorkOrder, "changelist"), {"q": "pump leak"})
    assert [row.title for row in page.context["cl"].result_list] == ["Pump leaks"]


def test_times_are_shown_in_the_tenant_s_zone(db: None) -> None:
    tenant = factories.make_tenant("East", time_zone="Asia/Tokyo")
    member = factories.make_member(tenant, "admin")
    page = sign_in(member).get(url(Member, "change", member.pk))
    local = timezone.localtime(fresh(member, tenant).created_at, timezone.get_fixed_timezone(540))
    assert f"{local:%Y}, " in page.content.decode()
    hour = local.strftime("%-I:%M") if local.minute else local.strftime("%-I")
    assert hour in page.content.decode()


def test_a_member_of_narrow_sight_sees_no_more_here_than_on_pages(north: Rows) -> None:
    tenant = north[Tenant]
    role = factories.make_role(tenant, ["admin.access", "workorder.view_own", "workorder.edit"])
    member = factories.make_member(tenant, role)
    with factories.inside(tenant):
        mine = Technician.objects.create(member=member, tenant=tenant)
    own = factories.make_work_order(tenant, meaning=Meaning.OPEN, title="Mine")
    with factories.inside(tenant):
        actions.assign(own, by=None, to=mine)
    http = sign_in(member)
    page = http.get(url(WorkOrder, "changelist"))
    assert [row.title for row in page.context["cl"].result_list] == ["Mine"]
    assert http.get(url(WorkOrder, "change", north[WorkOrder].pk)).status_code == 302
    log = http.get(url(StatusLog, "changelist")).context["cl"].result_list
    assert {row.work_order_id for row in log} == {own.pk}
    assert http.get(url(StatusLog, "change", north[StatusLog].pk)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_each_request_is_one_transaction(north: Rows, boss: Client) -> None:
    tenant = north[Tenant]
    idle, closed = factories.make_work_order(tenant), factories.make_work_order(tenant, meaning=Meaning.CLOSED)
    answer = chosen(boss, "cancel", idle, closed, reason="Sold")
    assert said(boss, answer)[0] == "1 cancelled."
    assert fresh(idle, tenant).meaning == Meaning.CANCELLED
    page = typed(boss, url(WorkOrder, "change", closed.pk), title="Other")
    assert "A closed work order is kept as it is." in page.content.decode()
    assert fresh(closed, tenant).title == closed.title
    assert typed(boss, url(Location, "change", north[Location].pk), name="Pit 2").status_code == 302
    assert fresh(north[Location], tenant).name == "Pit 2"
    assert events_of(north[Location], tenant)[-1][0] == "location.updated"
