"""One of everything in a tenant, and for each route of the API what stands in its path and what it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from assets.media import GALLERY as ASSET_FILES
from customfields.models import CustomField
from inventory.media import GALLERY as PART_FILES
from projects import actions as actions_of_projects
from tenancy import actions
from tenancy.models import ApiKey, Role, Tenant
from tests import factories
from tests.media_files import PDF, multipart
from workorders import actions as actions_of_work
from workorders.actions import save_view, share
from workorders.models import Task


@dataclass
class Scene:
    tenant: Tenant
    token: str
    admin: Any
    ids: dict[str, str] = field(default_factory=dict)


def make_scene(tenant: Tenant, token: str) -> Scene:
    """Every row carries `token` in its name, so that it is found in any answer it should not be in."""
    admin = factories.make_member(tenant, "admin", name=f"{token} admin")
    site = factories.make_location(tenant, name=f"{token} site")
    asset = factories.make_asset(tenant, name=f"{token} asset", tag=f"{token}-tag", location=site)
    technician = factories.make_technician(tenant, name=f"{token} technician")
    crew = factories.make_crew(tenant, [technician], name=f"{token} crew")
    department = factories.make_department(tenant, name=f"{token} department")
    category = factories.make_category(tenant, name=f"{token} category")
    work_order = factories.make_work_order(tenant, title=f"{token} work order", asset=asset, requested_by=admin)
    note = factories.make_comment(work_order, by=admin, text=f"{token} note")
    other = factories.make_work_order(tenant, title=f"{token} other work")
    further = factories.make_asset(tenant, name=f"{token} second asset", tag=f"{token}-tag-2", location=site)
    factories.make_key(admin)
    with factories.inside(tenant):
        role = Role.objects.get(key="viewer")
        invitation = actions.invite(by=admin, email=f"{token}@example.com", role=role, name=token)
        key = ApiKey.objects.first()
        share(work_order, by=admin, with_member=technician.member)
        view = save_view(by=admin, name=f"{token} view")
    part = factories.make_part(tenant, number=f"{token}-part", name=f"{token} part")
    other_part = factories.make_part(tenant, number=f"{token}-other", name=f"{token} other part")
    part_category = factories.make_part_category(tenant, name=f"{token} heading")
    factories.make_line(work_order, part)
    with factories.inside(tenant):
        field = CustomField.objects.create(
            tenant=tenant, entity="asset", key="token", name=f"{token} field", kind="text"
        )
        link = actions_of_work.link(work_order, by=admin, kind="related", to=other)
        actions_of_work.add_further_asset(work_order, by=admin, asset=further)
        shot = actions_of_work.add_media(work_order, by=admin, content=PDF, name=f"{token} report.pdf").file
        asset_shot = ASSET_FILES.add(asset, by=admin, content=PDF, name=f"{token} manual.pdf").file
        part_shot = PART_FILES.add(part, by=admin, content=PDF, name=f"{token} sheet.pdf").file
    with factories.inside(tenant):
        (entry,) = actions_of_work.add_time(
            other, by=admin, person=technician, worked_on=yesterday(), minutes=45, note=f"{token} time"
        )
        cost = actions_of_work.add_cost(other, by=admin, kind="other", amount=Decimal(5), description=f"{token} cost")
        rule = actions_of_work.add_overhead_rule(by=admin, name=f"{token} rule")
        project = actions_of_projects.add_project(by=admin, code=token, name=f"{token} project", members=[admin])
        (task,) = actions_of_work.add_tasks(
            work_order, by=admin, steps=[{"description": f"{token} step", "kind": "pass_fail"}]
        )
        type(work_order).objects.filter(pk=work_order.pk).update(all_ok_allowed=True)
    plain = factories.make_member(tenant, "viewer", name=f"{token} viewer")
    empty = factories.make_location(tenant, name=f"{token} hall", kind="building", parent=site)
    code = factories.make_failure_code(tenant, f"{token}-code", name=f"{token} code")
    plan = factories.make_plan(tenant, by=admin, name=f"{token} plan")
    rows = {
        "media_id": shot, "asset_media_id": asset_shot, "part_media_id": part_shot,
        "entry_id": entry, "cost_id": cost, "rule_id": rule, "project_id": project,
        "view_id": view,
        "plain_id": plain, "task_id": task, "field_id": field, "part_id": part, "other_part_id": other_part, "part_category_id": part_category,
        "work_order_id": work_order, "asset_id": asset, "location_id": empty, "technician_id": technician,
        "crew_id": crew, "member_id": technician, "department_id": department, "category_id": category,
        "invitation_id": invitation, "key_id": key, "note_id": note, "link_id": link, "other_order_id": other,
        "further_asset_id": further, "code_id": code, "plan_id": plan,
    }  # fmt: skip
    return Scene(tenant, token, admin, {name: str(row.pk) for name, row in rows.items() if row})


@dataclass(frozen=True)
class Route:
    """`listing`: rows of the tenant by bare array. `body` is sound input for POST; `change` for PUT and PATCH."""

    public: bool = False
    listing: bool = False
    body: Callable[[Scene], Any] | None = None
    change: dict[str, Any] | None = None
    # Reference fields of the bodies → which row of a scene they name.
    references: dict[str, str] = field(default_factory=dict)
    # What GET cannot do without.
    query: str = ""


WORK_ORDER_REFERENCES = {
    "assetId": "asset_id", "locationId": "location_id", "departmentId": "department_id",
    "assignedTo": "technician_id", "crewId": "crew_id", "helperIds": "technician_id", "requestedBy": "member_id", "jobPlanId": "plan_id", "projectId": "project_id",
}  # fmt: skip
PLAN_REFERENCES = {"categoryId": "category_id", "assignedTo": "technician_id", "crewId": "crew_id"}
ASSIGNABLE = {name: WORK_ORDER_REFERENCES[name] for name in ("assignedTo", "crewId", "helperIds")}

# A PNG of one white point.
DRAWING = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII="
)

PROJECT_REFERENCES = {"ledBy": "member_id", "departmentId": "department_id", "memberIds": "member_id"}

FORM = multipart()
PROMISE = {"filename": "repair_photo.jpg", "contentType": "image/jpeg", "size": 1048576}


def after_failing(scene: Scene) -> dict[str, Any]:
    """Only a step that failed leads to a follow-up."""
    with factories.inside(scene.tenant):
        task = Task.objects.get(pk=scene.ids["task_id"])
        actions_of_work.answer_task(task, by=scene.admin, answer="fail")
    return {}


ROUTES: dict[str, Route] = {
    "work-orders": Route(listing=True, body=lambda s: {"title": "New"}, references=WORK_ORDER_REFERENCES),
    "work-orders/bulk": Route(
        body=lambda s: {"operations": [{"operation": "update", "id": s.ids["work_order_id"], "data": {"title": "New"}}]}
    ),
    "work-orders/export": Route(),
    "views": Route(listing=True, body=lambda s: {"name": "New"}),
    "views/{view_id}": Route(change={"name": "Other"}),
    "custom-fields": Route(listing=True, body=lambda s: {"entity": "asset", "kind": "text", "name": "New"}),
    "custom-fields/{field_id}": Route(change={"name": "Other"}),
    "work-orders/{work_order_id}": Route(change={"title": "Other"}, references=WORK_ORDER_REFERENCES),
    "work-orders/{work_order_id}/transitions": Route(body=lambda s: {"status": "in_progress"}),
    "work-orders/{work_order_id}/assign": Route(
        body=lambda s: {"assignedTo": s.ids["technician_id"]}, references=ASSIGNABLE
    ),
    "work-orders/{work_order_id}/pdf": Route(),
    "work-orders/{work_order_id}/signatures": Route(body=lambda s: {"meaning": "performed", "drawing": DRAWING}),
    "work-orders/{work_order_id}/take": Route(body=lambda s: {}),
    "work-orders/{work_order_id}/follow-up": Route(body=lambda s: {}),
    "work-orders/{work_order_id}/notes": Route(
        body=lambda s: {"text": "Seen"}, references={"mentions": "member_id"}
    ),
    "work-orders/{work_order_id}/notes/{note_id}": Route(
        change={"text": "Seen again"}, references={"mentions": "member_id"}
    ),
    "work-orders/{work_order_id}/mentionable": Route(),
    "work-orders/{work_order_id}/before": Route(),
    "work-orders/{work_order_id}/links": Route(
        body=lambda s: {"kind": "blocks", "workOrderId": s.ids["other_order_id"]},
        references={"workOrderId": "other_order_id"},
    ),
    "work-orders/{work_order_id}/links/{link_id}": Route(),
    "work-orders/{work_order_id}/parent": Route(change={"parentId": None}, references={"parentId": "other_order_id"}),
    "work-orders/{work_order_id}/further-assets": Route(
        body=lambda s: {"assetId": s.ids["further_asset_id"]}, references={"assetId": "further_asset_id"}
    ),
    "work-orders/{work_order_id}/further-assets/{further_asset_id}": Route(),
    "work-orders/{work_order_id}/split": Route(
        body=lambda s: {"assetIds": [s.ids["further_asset_id"]]}, references={"assetIds": "further_asset_id"}
    ),
    "work-orders/{work_order_id}/merge": Route(
        body=lambda s: {"workOrderIds": [s.ids["other_order_id"]]}, references={"workOrderIds": "other_order_id"}
    ),
    "work-orders/duplicates": Route(query="?assetId={asset_id}"),
    "work-orders/{work_order_id}/media": Route(body=lambda s: FORM),
    "work-orders/{work_order_id}/media/presigned-url": Route(body=lambda s: PROMISE, references={"taskId": "task_id"}),
    "work-orders/{work_order_id}/media/{media_id}": Route(change={"caption": "Other"}),
    "assets/{asset_id}/media": Route(body=lambda s: FORM),
    "assets/{asset_id}/media/presigned-url": Route(body=lambda s: PROMISE),
    "assets/{asset_id}/media/{asset_media_id}": Route(change={"caption": "Other"}),
    "parts/{part_id}/media": Route(body=lambda s: FORM),
    "parts/{part_id}/media/presigned-url": Route(body=lambda s: PROMISE),
    "parts/{part_id}/media/{part_media_id}": Route(change={"caption": "Other"}),
    "work-orders/{work_order_id}/tasks": Route(
        body=lambda s: {"description": "New"}, references={"assignedTo": "technician_id"}
    ),
    "work-orders/{work_order_id}/tasks/all-ok": Route(body=lambda s: {}),
    "work-orders/{work_order_id}/tasks/{task_id}": Route(
        change={"description": "Other"}, references={"assignedTo": "technician_id"}
    ),
    "work-orders/{work_order_id}/tasks/{task_id}/move": Route(body=lambda s: {"order": 1}),
    "work-orders/{work_order_id}/tasks/{task_id}/follow-up": Route(body=after_failing),
    "work-orders/{work_order_id}/tasks/{task_id}/waive": Route(body=lambda s: {"reason": "Not today"}),
    "work-orders/{work_order_id}/history": Route(),
    "work-orders/{work_order_id}/shares": Route(
        body=lambda s: {"memberId": s.ids["plain_id"]}, references={"memberId": "member_id"}
    ),
    "work-orders/{work_order_id}/shares/{member_id}": Route(),
    "work-orders/{work_order_id}/parts": Route(
        body=lambda s: {"partId": s.ids["other_part_id"], "quantity": 1, "unitCost": 25.50}, references={"partId": "part_id"}
    ),
    "work-orders/{work_order_id}/parts/{part_id}": Route(
        change={"quantity": 2, "status": "used", "actualCost": 51.00}
    ),
    "parts": Route(
        listing=True,
        body=lambda s: {"number": "NEW-1", "name": "New"},
        references={"categoryId": "part_category_id", "alternateIds": "other_part_id"},
    ),
    "parts/{part_id}": Route(
        change={"name": "Other"}, references={"categoryId": "part_category_id", "alternateIds": "other_part_id"}
    ),
    "part-categories": Route(listing=True, body=lambda s: {"name": "New"}),
    "part-categories/{part_category_id}": Route(change={"name": "Other"}),
    "work-orders/{work_order_id}/time": Route(
        body=lambda s: {"personId": s.ids["technician_id"], "minutes": 5, "workedOn": str(yesterday())},
        references={"personId": "technician_id"},
    ),
    "work-orders/{work_order_id}/timer": Route(
        body=lambda s: {"personId": s.ids["technician_id"]}, references={"personId": "technician_id"}
    ),
    "work-orders/{work_order_id}/costs": Route(
        body=lambda s: {"kind": "vendor", "amount": 12.5, "vendor": "Crane Ltd", "reference": "R-1"}
    ),
    "timers/me": Route(),
    "time-entries": Route(listing=True),
    "time-entries/{entry_id}/correct": Route(body=lambda s: {"minutes": 30}),
    "costs": Route(),
    "costs/{cost_id}/take-back": Route(body=lambda s: {}),
    "overhead-rules": Route(listing=True, body=lambda s: {"name": "New", "percentOfLabor": 5}),
    "overhead-rules/{rule_id}": Route(change={"percentOfLabor": 7}),
    "projects": Route(listing=True, body=lambda s: {"code": "NEW", "name": "New"}, references=PROJECT_REFERENCES),
    "projects/{project_id}": Route(change={"name": "Other"}, references=PROJECT_REFERENCES),
    "statuses": Route(),
    "priorities": Route(),
    "failure-codes": Route(
        listing=True,
        body=lambda s: {"kind": "cause", "code": "NEW", "name": "New"},
        references={"categoryIds": "category_id"},
    ),
    "failure-codes/library": Route(body=lambda s: {}, references={"categoryId": "category_id"}),
    "failure-codes/{code_id}": Route(change={"name": "Other"}, references={"categoryIds": "category_id"}),
    "job-plans": Route(listing=True, body=lambda s: {"name": "New", "title": "New"}, references=PLAN_REFERENCES),
    "job-plans/library": Route(body=lambda s: {"keys": ["pump-round"]}),
    "job-plans/{plan_id}": Route(change={"title": "Other"}, references=PLAN_REFERENCES),
    "job-plans/{plan_id}/copy": Route(body=lambda s: {}),
    "work-orders/{work_order_id}/apply-plan": Route(
        body=lambda s: {"jobPlanId": s.ids["plan_id"]}, references={"jobPlanId": "plan_id"}
    ),
    "work-orders/{work_order_id}/job-plan": Route(body=lambda s: {}),
    "types": Route(),
    "assets": Route(
        listing=True,
        body=lambda s: {"name": "New", "tag": "NEW-1"},
        references={
            "locationId": "location_id", "categoryId": "category_id", "departmentId": "department_id",
            "parentId": "asset_id",
        },
    ),
    "assets/{asset_id}": Route(
        change={"name": "Other"},
        references={
            "locationId": "location_id", "categoryId": "category_id", "departmentId": "department_id",
            "parentId": "asset_id",
        },
    ),
    "categories": Route(listing=True, body=lambda s: {"name": "New"}),
    "locations": Route(
        listing=True, body=lambda s: {"name": "New", "kind": "site"}, references={"parentId": "location_id"}
    ),
    "locations/{location_id}": Route(change={"name": "Other"}, references={"parentId": "location_id"}),
    "technicians": Route(listing=True, references={"memberId": "member_id"}, body=lambda s: {"memberId": s.ids["plain_id"]}),
    "technicians/{technician_id}": Route(change={"trade": "Fitter"}),
    "crews": Route(
        listing=True,
        body=lambda s: {"name": "New"},
        references={"technicianIds": "technician_id", "leadId": "technician_id"},
    ),
    "crews/{crew_id}": Route(
        change={"name": "Other"}, references={"technicianIds": "technician_id", "leadId": "technician_id"}
    ),
    "members": Route(listing=True, body=lambda s: {"name": "New", "role": "viewer"}),
    "members/{member_id}": Route(change={"name": "Other"}),
    "members/{member_id}/scope": Route(
        change={"locationIds": []}, references={"locationIds": "location_id", "departmentIds": "department_id"}
    ),
    "roles": Route(listing=True),
    "departments": Route(listing=True, body=lambda s: {"name": "New"}),
    "departments/{department_id}": Route(change={"name": "Other"}),
    "invitations": Route(listing=True, body=lambda s: {"email": "new@example.com", "role": "viewer"}),
    "invitations/{invitation_id}": Route(),
    "api-keys": Route(
        listing=True,
        body=lambda s: {"name": "New", "scopes": ["workorder.view_all"], "expiresAt": in_a_year()},
        references={"memberId": "member_id"},
    ),
    "api-keys/{key_id}": Route(),
    "auth/signup": Route(public=True, body=lambda s: sign_up()),
    "auth/login": Route(public=True, body=lambda s: {"email": s.admin.email, "password": factories.PASSWORD}),
    "auth/logout": Route(body=lambda s: {}),
    "auth/me": Route(),
    "events": Route(),
    "schema": Route(public=True),
    "docs": Route(public=True),
}  # fmt: skip


def yesterday() -> dt.date:
    return dt.date.today() - dt.timedelta(days=1)


def in_a_year() -> str:
    return timezone.now().replace(year=timezone.now().year + 1, day=1).isoformat()


def sign_up() -> dict[str, Any]:
    return {
        "organisation": "New works", "name": "Nora", "email": "nora@new.example", "password": "a long pass phrase 9",
    }  # fmt: skip


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
