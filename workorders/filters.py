"""What a list of work orders can be narrowed by: one set for the page and the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone

from assets.models import Asset, Location
from core.api import filters, query
from core.errors import Invalid
from core.pagination import Key
from workorders import catalogue, custom
from workorders.choices import ACTIVE, CodeKind
from workorders.failure_codes import LOOKED_AT, last_used
from workorders.models import FailureCode, FailureCodeClass, JobPlan, WorkOrder
from workorders.querysets import on_the_job

SORTS: dict[str, Key] = {
    "createdDate": Key("created_at"),
    "createdAt": Key("created_at"),
    "updatedAt": Key("updated_at"),
    "dueDate": Key("due_at", nullable=True),
    "scheduledDate": Key("scheduled_at", nullable=True),
    "startDate": Key("started_at", nullable=True),
    "completionDate": Key("completed_at", nullable=True),
    "priority": Key("priority__rank"),
    "status": Key("status__position"),
    "workOrderNumber": Key("number"),
    "title": Key("title"),
}
DEFAULT_SORT = "-createdAt"
CODE_SORTS = {
    "relevance": Key("place"),
    "kind": Key("kind"),
    "position": Key("position"),
    "code": Key("code"),
    "name": Key("name"),
}
PLAN_SORTS = {
    "name": Key("name"),
    "createdAt": Key("created_at"),
    "updatedAt": Key("updated_at"),
}
CODE_DEFAULT_SORT = "relevance,kind,position"
# Their answer depends on the moment, so what they compile to must not be kept.
OF_THE_MOMENT = frozenset({"overdue"})


class WorkOrderFilter(filters.FilterSet):
    """Every parameter narrows further; several values of one are "any of"."""

    status = filters.Keys(method="by_status", label="Status keys")
    priority = filters.Keys(method="by_priority", label="Priority keys")
    type = filters.Keys(method="by_type", label="Type keys")
    assetId = filters.Ids(method="by_asset", label="Asset ids")
    assetSubtree = filters.Flag(method="with_asset", label="With assetId: also the parts of those assets")
    locationId = filters.Ids(method="by_location", label="Location ids")
    locationSubtree = filters.Flag(method="with_location", label="With locationId: also everything below them")
    departmentId = filters.Ids(field_name="department_id", lookup_expr="in", label="Department ids")
    assignedTo = filters.People(method="by_assignee", label="Member ids, `me` (also through a crew) or `none`")
    crewId = filters.Ids(field_name="crew_id", lookup_expr="in", label="Crew ids")
    requestedBy = filters.People(method="by_requester", label="Member ids, `me` or `none`")
    createdAfter = filters.Instant(field_name="created_at", lookup_expr="gte", label="Created at or after")
    createdBefore = filters.Instant(field_name="created_at", lookup_expr="lt", label="Created before")
    updatedAfter = filters.Instant(field_name="updated_at", lookup_expr="gte", label="Changed at or after")
    dueAfter = filters.Instant(field_name="due_at", lookup_expr="gte", label="Due at or after")
    dueBefore = filters.Instant(field_name="due_at", lookup_expr="lt", label="Due before")
    scheduledAfter = filters.Instant(field_name="scheduled_at", lookup_expr="gte", label="Scheduled at or after")
    scheduledBefore = filters.Instant(field_name="scheduled_at", lookup_expr="lt", label="Scheduled before")
    open = filters.Flag(method="by_open", label="true: not finished or cancelled; false: finished or cancelled")
    overdue = filters.Flag(method="by_overdue", label="true: due before now and not finished; false: the others")
    failureCode = filters.Keys(method="by_problem", label="Problem codes, see `/failure-codes`")
    projectId = filters.Ids(field_name="project_id", lookup_expr="in", label="Project ids")
    completedAfter = filters.Instant(field_name="completed_at", lookup_expr="gte", label="Completed at or after")
    completedBefore = filters.Instant(field_name="completed_at", lookup_expr="lt", label="Completed before")
    followUpOf = filters.Ids(field_name="follow_up_of_id", lookup_expr="in", label="Ids of earlier work orders")
    custom = filters.Keys(method="by_custom", label="key:value of custom fields")
    search = filters.Search(method="by_search", label="Words in number, title or description")

    class Meta:
        model = WorkOrder
        fields: tuple[str, ...] = ()

    def keyed(self, rows: Any, kind: str, keys: list[str]) -> Any:
        known = catalogue.of(self.member).by_key[kind]
        if strange := [key for key in keys if key not in known]:
            sentence = f"Unknown {kind} {', '.join(strange)[:100]}. Use some of {', '.join(known)}."
            raise Invalid({kind: sentence}, headline=query.HEADLINE)
        ids = [known[key].pk for key in keys]
        # One value as an equality lets the index on it give the order, too.
        return rows.filter(**({f"{kind}_id": ids[0]} if len(ids) == 1 else {f"{kind}_id__in": ids}))

    def by_status(self, rows: Any, name: str, value: list[str]) -> Any:
        return self.keyed(rows, "status", value)

    def by_priority(self, rows: Any, name: str, value: list[str]) -> Any:
        return self.keyed(rows, "priority", value)

    def by_type(self, rows: Any, name: str, value: list[str]) -> Any:
        return self.keyed(rows, "type", value)

    def by_problem(self, rows: Any, name: str, value: list[str]) -> Any:
        wanted = {code.casefold() for code in value}
        known = FailureCode.objects.filter(tenant_id=self.member.tenant_id, kind=CodeKind.PROBLEM)
        found = {code.casefold(): pk for code, pk in known.values_list("code", "pk") if code.casefold() in wanted}
        if strange := sorted(wanted - found.keys()):
            sentence = f"Unknown failure code {', '.join(strange)[:100]}. See /failure-codes."
            raise Invalid({name: sentence}, headline=query.HEADLINE)
        return rows.filter(problem_id__in=list(found.values()))

    def by_asset(self, rows: Any, name: str, value: list[Any]) -> Any:
        if not self.form.cleaned_data.get("assetSubtree"):
            return rows.filter(asset_id__in=value) if len(value) > 1 else rows.filter(asset_id=value[0])
        return rows.filter(within(Asset, "asset", value))

    def with_asset(self, rows: Any, name: str, value: bool) -> Any:
        return self.needs(rows, name, "assetId")

    def by_location(self, rows: Any, name: str, value: list[Any]) -> Any:
        if not self.form.cleaned_data.get("locationSubtree"):
            return rows.filter(location_id__in=value) if len(value) > 1 else rows.filter(location_id=value[0])
        return rows.filter(within(Location, "location", value))

    def with_location(self, rows: Any, name: str, value: bool) -> Any:
        return self.needs(rows, name, "locationId")

    def needs(self, rows: Any, name: str, other: str) -> Any:
        if not self.form.cleaned_data.get(other):
            raise query.refuse(name, f"Only together with {other}.")
        return rows

    def by_assignee(self, rows: Any, name: str, value: list[Any]) -> Any:
        found = Q(pk__in=[])
        if ids := [pk for pk in value if not isinstance(pk, str)]:
            found |= Q(assigned_to_id__in=ids)
        if "me" in value:
            found |= on_the_job(self.member)
        if "none" in value:
            found |= Q(assigned_to=None, crew=None)
        if len(value) == len(ids) == 1:
            return rows.filter(assigned_to_id=ids[0])
        return rows.filter(found)

    def by_requester(self, rows: Any, name: str, value: list[Any]) -> Any:
        ids = [self.member.pk if pk == "me" else pk for pk in value if pk != "none"]
        found = Q(requested_by_id__in=ids) if ids else Q(pk__in=[])
        return rows.filter(found | Q(requested_by=None) if "none" in value else found)

    def by_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.active() if value else rows.exclude(meaning__in=ACTIVE)

    def by_overdue(self, rows: Any, name: str, value: bool) -> Any:
        now: dt.datetime = timezone.now()
        late = Q(meaning__in=ACTIVE, due_at__isnull=False, due_at__lt=now)
        return rows.filter(late) if value else rows.filter(~late)

    def by_custom(self, rows: Any, name: str, value: list[str]) -> Any:
        return custom.narrowed(rows, value, self.member)

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        return rows.matching(value)


def within(model: Any, name: str, ids: list[Any]) -> Q:
    """At these nodes or anywhere below them; the paths are looked up by the database, so a moved node stays right."""
    found = Q(pk__in=[])
    for pk in ids[:20]:
        path = model.objects.filter(pk=pk).values("path")
        found |= Q(**{f"{name}__in": model.objects.filter(path__within=path).values("pk")})
    return found


class FailureCodeFilter(filters.FilterSet):
    """Codes in use, unless `active` asks for others. With an asset the likeliest come first."""

    kind = filters.Keys(method="by_kind", label="problem, cause, remedy")
    active = filters.Flag(method="by_active", label="false: those out of use")
    categoryId = filters.Ids(method="by_category", label="Category ids: also codes for all equipment")
    assetId = filters.Ids(method="by_asset", label="One asset: last used on it first, then those of its category")
    search = filters.Search(method="by_search", label="Words in code, name or description")

    class Meta:
        model = FailureCode
        fields: tuple[str, ...] = ()

    def rows(self) -> Any:
        rows = super().rows()
        if "active" not in self.data:
            rows = rows.filter(is_active=True)
        return rows if "assetId" in self.data else rows.annotate(place=Value(0))

    def by_kind(self, rows: Any, name: str, value: list[str]) -> Any:
        if strange := [one for one in value if one not in CodeKind.values]:
            sentence = f"Unknown kind {', '.join(strange)[:100]}. Use some of {', '.join(CodeKind.values)}."
            raise Invalid({name: sentence}, headline=query.HEADLINE)
        return rows.filter(kind__in=value)

    def by_active(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(is_active=value)

    def by_category(self, rows: Any, name: str, value: list[Any]) -> Any:
        of_class = FailureCodeClass.objects.filter(failure_code=OuterRef("pk"))
        return rows.filter(Exists(of_class.filter(category_id__in=value)) | ~Exists(of_class))

    def by_asset(self, rows: Any, name: str, value: list[Any]) -> Any:
        asset = Asset.objects.visible_to(self.member).filter(pk__in=value[:1]).first()
        if asset is None:
            raise Invalid({name: "Asset must exist"}, headline=query.HEADLINE)
        of_class = FailureCodeClass.objects.filter(failure_code=OuterRef("pk"))
        cases = [When(pk=pk, then=Value(place)) for pk, place in last_used(asset.pk).items()]
        if asset.category_id:
            cases.append(When(Exists(of_class.filter(category_id=asset.category_id)), then=Value(LOOKED_AT)))
        cases.append(When(~Exists(of_class), then=Value(LOOKED_AT + 1)))
        return rows.annotate(place=Case(*cases, default=Value(LOOKED_AT + 2), output_field=IntegerField()))

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            rows = rows.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(description__icontains=word))
        return rows


class JobPlanFilter(filters.FilterSet):
    """Plans in use, unless `archived` asks for the others."""

    categoryId = filters.Ids(field_name="category_id", lookup_expr="in", label="Category ids")
    archived = filters.Flag(method="by_archived", label="true: those out of use")
    library = filters.Flag(method="by_library", label="true: from the starter library; false: one's own")
    search = filters.Search(method="by_search", label="Words in name or summary")

    class Meta:
        model = JobPlan
        fields: tuple[str, ...] = ()

    def rows(self) -> Any:
        rows = super().rows()
        return rows if "archived" in self.data else rows.filter(is_active=True)

    def by_archived(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(is_active=not value)

    def by_library(self, rows: Any, name: str, value: bool) -> Any:
        return rows.exclude(library_key="") if value else rows.filter(library_key="")

    def by_search(self, rows: Any, name: str, value: str) -> Any:
        for word in value.split()[:8]:
            rows = rows.filter(Q(name__icontains=word) | Q(summary__icontains=word))
        return rows
