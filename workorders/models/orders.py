"""Work orders, the catalogue they are described with and the graph they move along."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from guardian.models import UserObjectPermissionBase

from assets.models import Asset, Location
from core.fields import CurrentTenant, TenantForeignKey
from labor.models import Crew, Technician
from projects.models import Project
from tenancy.models import Department, Member, Tenant, TenantModel
from workorders.choices import ACTIVE, FINISHED, HoldReason, Meaning
from workorders.querysets import WorkOrderQuerySet


class CatalogueEntry(TenantModel):
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Status(CatalogueEntry):
    """A state of the tenant's own naming that carries one of the built-in meanings."""

    meaning = models.CharField(max_length=12, choices=Meaning.choices)
    # Where an act that only knows the meaning ends up.
    is_default = models.BooleanField(default=False)

    class Meta(CatalogueEntry.Meta):
        verbose_name_plural = "statuses"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="status_key_per_tenant"),
            models.UniqueConstraint(Lower("name"), "tenant", name="status_name_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "id", "meaning"], name="status_meaning_reference"),
            models.UniqueConstraint(
                fields=["tenant", "meaning"], condition=Q(is_default=True), name="status_one_default_per_meaning"
            ),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="status_meaning_known"),
        ]


class Transition(TenantModel):
    """An edge of the graph: who may go from one status to another, when, and what must be filled in."""

    from_status = TenantForeignKey(Status, on_delete=models.CASCADE, related_name="edges_out")
    to_status = TenantForeignKey(Status, on_delete=models.CASCADE, related_name="edges_in")
    permission = models.CharField(max_length=60, blank=True)
    required_fields = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    requires_reason = models.BooleanField(default=False)
    guard_field = models.CharField(max_length=40, blank=True)
    guard_operator = models.CharField(max_length=10, blank=True)
    guard_values = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "from_status", "to_status"], name="transition_once"),
            models.CheckConstraint(condition=~Q(from_status=models.F("to_status")), name="transition_leads_elsewhere"),
            models.CheckConstraint(
                condition=Q(guard_field="", guard_operator="") | (~Q(guard_field="") & ~Q(guard_operator="")),
                name="transition_guard_field_and_operator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_status_id} → {self.to_status_id}"


class Priority(CatalogueEntry):
    """How urgent; `rank` 1 is the most urgent. `letter` and `tone` are how it is shown (never the colour alone)."""

    rank = models.PositiveSmallIntegerField()
    letter = models.CharField(max_length=2)
    tone = models.CharField(max_length=10, default="medium")
    is_default = models.BooleanField(default=False)

    class Meta(CatalogueEntry.Meta):
        ordering = ["rank"]
        verbose_name_plural = "priorities"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="priority_key_per_tenant"),
            models.UniqueConstraint(Lower("name"), "tenant", name="priority_name_per_tenant"),
            models.UniqueConstraint(fields=["tenant"], condition=Q(is_default=True), name="priority_one_default"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="priority_rank_from_one"),
        ]


class Type(CatalogueEntry):
    """Preventive, corrective, emergency, inspection, calibration, modification, or a tenant's own."""

    is_default = models.BooleanField(default=False)

    class Meta(CatalogueEntry.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="type_key_per_tenant"),
            models.UniqueConstraint(Lower("name"), "tenant", name="type_name_per_tenant"),
            models.UniqueConstraint(fields=["tenant"], condition=Q(is_default=True), name="type_one_default"),
        ]


class WorkOrder(TenantModel):
    """A job. `meaning` repeats the status's meaning; a composite reference with ON UPDATE CASCADE keeps them equal.

    `assigned_to` leads, `crew` is the crew it was given to, `Assignment` rows are further people. Times are instants,
    durations minutes. `external_cost` is cost booked in another system, in the tenant's currency.
    """

    number = models.CharField(max_length=20, editable=False)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    asset = TenantForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="work_orders")
    location = TenantForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="work_orders")
    department = TenantForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = TenantForeignKey(Status, on_delete=models.PROTECT, related_name="+")
    meaning = models.CharField(max_length=12, choices=Meaning.choices, editable=False)
    priority = TenantForeignKey(Priority, on_delete=models.PROTECT, related_name="+")
    type = TenantForeignKey(Type, on_delete=models.PROTECT, related_name="+")
    assigned_to = TenantForeignKey(Technician, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    crew = TenantForeignKey(Crew, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    requested_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    estimated_minutes = models.PositiveIntegerField(null=True, blank=True)
    actual_minutes = models.PositiveIntegerField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    hold_reason = models.CharField(max_length=12, choices=HoldReason.choices, blank=True)
    hold_note = models.CharField(max_length=500, blank=True)
    hold_until = models.DateField(null=True, blank=True)
    resolution = models.TextField(blank=True)
    failure_cause = models.TextField(blank=True)
    safety_requirements = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    follow_up_of = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups")
    parent = TenantForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    project = TenantForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="work_orders")
    problem = TenantForeignKey("FailureCode", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cause = TenantForeignKey("FailureCode", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    remedy = TenantForeignKey("FailureCode", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Where it came from and what that asks of whoever completes it.
    plan_version = TenantForeignKey(
        "JobPlanVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="work_orders"
    )
    skills = ArrayField(models.CharField(max_length=60), default=list, db_default=[], blank=True)
    tools = ArrayField(models.CharField(max_length=80), default=list, db_default=[], blank=True)
    needs_signature = models.BooleanField(default=False, db_default=False)
    needs_photo = models.BooleanField(default=False, db_default=False)
    needs_failure_code = models.BooleanField(default=False, db_default=False)
    all_ok_allowed = models.BooleanField(default=False, db_default=False)
    custom = models.JSONField(default=dict, db_default={}, blank=True)
    # Sums of the lines below, kept by `actions.costing`, so that roll-ups over many jobs read one row each.
    labor_cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    material_cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    other_cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    overhead_cost = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0))
    # Since an authenticated signature: nothing but comments is added from then on.
    sealed_at = models.DateTimeField(null=True, blank=True, editable=False)
    external_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    search = models.GeneratedField(
        expression=models.Func(
            template="to_tsvector('simple'::regconfig, number || ' ' || title || ' ' || description)",
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="workorder_number_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], name="workorder_external_id", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="workorder_meaning_known"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=False, meaning__in=FINISHED)
                | (Q(completed_at__isnull=True) & ~Q(meaning__in=FINISHED)),
                name="workorder_completed_at_iff_completed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False, meaning=Meaning.CLOSED)
                | (Q(closed_at__isnull=True) & ~Q(meaning=Meaning.CLOSED)),
                name="workorder_closed_at_iff_closed",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False, meaning=Meaning.CANCELLED)
                | (Q(cancelled_at__isnull=True) & ~Q(meaning=Meaning.CANCELLED)),
                name="workorder_cancelled_at_iff_cancelled",
            ),
            models.CheckConstraint(
                condition=(~Q(hold_reason="") & Q(meaning=Meaning.ON_HOLD))
                | (Q(hold_reason="") & ~Q(meaning=Meaning.ON_HOLD)),
                name="workorder_hold_reason_iff_on_hold",
            ),
            models.CheckConstraint(
                condition=~Q(meaning=Meaning.ASSIGNED) | Q(assigned_to__isnull=False) | Q(crew__isnull=False),
                name="workorder_assigned_has_assignee",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="workorder_progress_percent"),
            models.CheckConstraint(condition=~Q(title=""), name="workorder_has_title"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")), name="workorder_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(labor_cost__gte=0, material_cost__gte=0, other_cost__gte=0, overhead_cost__gte=0),
                name="workorder_costs_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="workorder_newest"),
            models.Index(
                fields=["tenant", "status", "priority", "-created_at", "-id"], name="workorder_status_priority"
            ),
            models.Index(fields=["tenant", "status", "-created_at", "-id"], name="workorder_status"),
            models.Index(
                fields=["tenant", "due_at", "id"],
                name="workorder_due",
                condition=Q(meaning__in=ACTIVE, due_at__isnull=False),
            ),
            models.Index(fields=["tenant", "assigned_to", "-created_at", "-id"], name="workorder_assignee"),
            models.Index(fields=["tenant", "crew"], name="workorder_crew", condition=Q(crew__isnull=False)),
            models.Index(fields=["tenant", "asset", "-created_at"], name="workorder_asset"),
            models.Index(fields=["tenant", "location"], name="workorder_location"),
            models.Index(fields=["tenant", "requested_by", "-created_at"], name="workorder_requester"),
            models.Index(fields=["tenant", "parent"], name="workorder_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["tenant", "project"], name="workorder_project", condition=Q(project__isnull=False)),
            # Its size is that of the open work, so counting it does not grow with closed work.
            models.Index(fields=["tenant", "status"], name="workorder_open", condition=Q(meaning__in=ACTIVE)),
            # What was finished last, for the board.
            models.Index(
                fields=["tenant", "-completed_at"], name="workorder_finished", condition=Q(completed_at__isnull=False)
            ),
            GinIndex(fields=["tenant_id", "search"], name="workorder_search", opclasses=["uuid_ops", "tsvector_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Assignment(TenantModel):
    """A further person on a job, besides the one who leads it."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="assignments")
    technician = TenantForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    added_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "work_order", "technician"], name="assignment_once")]
        indexes = [models.Index(fields=["tenant", "technician"], name="assignment_of_technician")]

    def __str__(self) -> str:
        return f"{self.technician_id} on {self.work_order_id}"


class StatusLog(TenantModel):
    """Every change of state: when it happened, when we heard, who, why. Append-only; all clocks are computed from it."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="status_log")
    from_status = TenantForeignKey(Status, on_delete=models.PROTECT, null=True, related_name="+")
    to_status = TenantForeignKey(Status, on_delete=models.PROTECT, related_name="+")
    from_meaning = models.CharField(max_length=12, choices=Meaning.choices, blank=True)
    to_meaning = models.CharField(max_length=12, choices=Meaning.choices)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["recorded_at", "id"]
        indexes = [models.Index(fields=["tenant", "work_order", "recorded_at"], name="status_log_of_work_order")]

    def __str__(self) -> str:
        return f"{self.from_meaning or '∅'} → {self.to_meaning}"


class Comment(TenantModel):
    """A note in the thread of a work order. `for_requester` shows it to the person who reported the job."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="comments")
    author = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    for_requester = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["tenant", "work_order", "created_at"], name="comment_of_work_order")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_has_text")]

    def __str__(self) -> str:
        return self.text[:60]


class WorkOrderException(UserObjectPermissionBase):
    """django-guardian's direct-foreign-key table: one work order shown to somebody who would not see it."""

    content_object = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="exceptions")
    # Filled by the database, so that guardian's own assign_perm() works unchanged.
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", editable=False, db_default=CurrentTenant()
    )

    class Meta:
        unique_together = [("user", "permission", "content_object")]

    def __str__(self) -> str:
        return f"{self.user_id} may see {self.content_object_id}"
