"""Shapes of what people type about work orders. Rules stand in the actions; choices are what the member may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q

from assets.forms import PlaceChoice, fitting, places
from assets.models import Asset, Location
from core.errors import NotFound
from customfields.forms import CarriesCustom
from labor.models import Crew, Technician
from projects.choices import OPEN
from projects.models import Project
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue, completing, plans
from workorders.choices import HoldReason
from workorders.custom import fields_of
from workorders.forms.failures import add_codes
from workorders.models import JobPlan, WorkOrder

DATETIME = "%Y-%m-%dT%H:%M"


def text_area(rows: int, placeholder: str = "") -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})


def moment_field(label: str, **options: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=[DATETIME, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(format=DATETIME, attrs={"type": "datetime-local"}),
        **options,
    )


class HoursField(forms.DecimalField):
    """Hours as people write them, minutes as they are kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            min_value=0,
            max_value=8760,
            max_digits=6,
            decimal_places=2,
            widget=forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:
        hours = super().clean(value)
        return None if hours is None else round(hours * 60)

    def prepare_value(self, value: Any) -> Any:
        return round(value / 60, 2) if isinstance(value, int) else value


class TechnicianChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.member.name}, {obj.trade}" if obj.trade else obj.member.name


class TechnicianChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.member.name)


def technicians(member: Member) -> Any:
    return Technician.objects.visible_to(member).assignable().by_name()


def crews(member: Member) -> Any:
    return Crew.objects.visible_to(member).filter(is_active=True).order_by("name")


class WorkOrderForm(CarriesCustom, forms.Form):
    """Report or edit. Which fields there are depends on what the member may set; the asset has a picker of its own."""

    title = forms.CharField(
        label="What is wrong?", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        label="Details",
        required=False,
        max_length=20000,
        widget=text_area(4, "What you saw, heard or smelled; since when; what you tried."),
    )
    location = PlaceChoice(
        label="Place", queryset=Location.objects.none(), required=False, empty_label="As the asset, or unknown"
    )
    priority = forms.ChoiceField(label="Priority", widget=forms.RadioSelect)
    type = forms.ChoiceField(label="Type")
    due_at = moment_field("Due")
    estimated_minutes = HoursField(label="Estimated hours")
    assigned_to = TechnicianChoice(
        label="Assign to", queryset=Technician.objects.none(), required=False, empty_label="Nobody yet"
    )
    crew = forms.ModelChoiceField(label="Crew", queryset=Crew.objects.none(), required=False, empty_label="No crew")
    project = forms.ModelChoiceField(
        label="Project", queryset=Project.objects.none(), required=False, empty_label="No project"
    )

    ROWS = [
        ["title"],
        ["description"],
        ["location"],
        ["priority"],
        ["type", "due_at", "estimated_minutes"],
        ["assigned_to", "crew"],
        ["project"],
        ["problem", "cause", "remedy"],
    ]

    def __init__(
        self, *args: Any, member: Member, editing: bool = False, custom: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        known = catalogue.of(member)
        self.known = known
        for name in self.dropped(editing):
            del self.fields[name]
        choices = {
            "priority": [(entry.key, entry.name) for entry in known.priorities.values() if entry.is_active],
            "type": [(entry.key, entry.name) for entry in known.types.values() if entry.is_active],
        }
        for name, found in choices.items():
            if name in self.fields:
                self.fields[name].choices = found
        self.initial.setdefault("priority", known.default_priority().key)
        self.initial.setdefault("type", known.default_type().key)
        querysets = {"location": places, "assigned_to": technicians, "crew": crews}
        for name, queryset in querysets.items():
            if name in self.fields:
                self.fields[name].queryset = queryset(member)
        if "project" in self.fields:
            # One that is over stays where it is named already.
            open_ones = Project.objects.visible_to(member).filter(
                Q(status__in=OPEN) | Q(pk=self.initial.get("project"))
            )
            self.fields["project"].queryset = open_ones.order_by("code")
        self.add_custom(fields_of(member.tenant, member), member, custom or {})

    def dropped(self, editing: bool) -> list[str]:
        if not may(self.member, "workorder.create", "workorder.edit"):
            return [name for name in self.fields if name not in ("title", "description")]
        dropped = []
        if editing or not may(self.member, "workorder.assign"):
            dropped += ["assigned_to", "crew"]
        if not may(self.member, "workorder.assign"):
            dropped += ["due_at", "estimated_minutes"]
        if not may(self.member, "project.view") or not may(self.member, "workorder.assign"):
            dropped.append("project")
        if not may(self.member, "location.view"):
            dropped.append("location")
        return dropped

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        rows = [[self[name] for name in row if name in self.fields] for row in self.ROWS]
        return [row for row in rows if row] + self.custom_rows

    def clean_priority(self) -> Any:
        return self.known.by_key["priority"][self.cleaned_data["priority"]]

    def clean_type(self) -> Any:
        return self.known.by_key["type"][self.cleaned_data["type"]]


def initial_of_plan(plan: JobPlan) -> dict[str, Any]:
    """What a job plan gives a new work order, to be looked at before it is made."""
    content = plans.content_of(plans.newest(plan))
    kind = {name: entry.key for name, entry in plans.kind_for(content).items()}
    people = {name: one.pk if one else None for name, one in plans.people_for(content).items()}
    return {name: content[name] for name in ("title", "description", "estimated_minutes")} | kind | people


def initial_of(work_order: WorkOrder) -> dict[str, Any]:
    return {
        "title": work_order.title,
        "description": work_order.description,
        "location": work_order.location_id,
        "priority": work_order.priority.key,
        "type": work_order.type.key,
        "due_at": work_order.due_at,
        "estimated_minutes": work_order.estimated_minutes,
        "project": work_order.project_id,
    }


class AssetPicker:
    """The asset beside a form: found by tag, name or barcode, chosen by radio button; works without scripts."""

    SHOWN = 8

    def __init__(self, member: Member, *, text: str = "", chosen: str = "") -> None:
        self.member, self.text = member, text.strip()[:100]
        self.asset = self.visible().filter(pk=chosen).first() if is_uuid(chosen) else None
        if chosen and self.asset is None:
            raise NotFound("There is no such asset.")

    def visible(self) -> Any:
        return Asset.objects.visible_to(self.member).active().select_related("location")

    def context(self) -> dict[str, Any]:
        options = list(fitting(self.visible(), self.text).order_by("name")[: self.SHOWN]) if self.text else []
        if self.asset and self.asset not in options:
            options.insert(0, self.asset)
        return {
            "asset_field": True,
            "asset_q": self.text,
            "asset_value": self.asset.pk if self.asset else None,
            "asset_options": [
                {
                    "id": asset.pk,
                    "name": asset.name,
                    "tag": asset.tag,
                    "place": asset.location.name if asset.location else "",
                }
                for asset in options
            ],
        }


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class AssignForm(forms.Form):
    to = TechnicianChoice(label="Technician", queryset=Technician.objects.none(), required=False, empty_label="Nobody")
    crew = forms.ModelChoiceField(label="Crew", queryset=Crew.objects.none(), required=False, empty_label="No crew")
    helpers = TechnicianChoices(
        label="Helpers", queryset=Technician.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = technicians(member)  # type: ignore[attr-defined]
        self.fields["crew"].queryset = crews(member)  # type: ignore[attr-defined]
        self.fields["helpers"].queryset = technicians(member)  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    reason = forms.ChoiceField(label="Why does it wait?", choices=HoldReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note", required=False, max_length=500, widget=text_area(2, "Which part, whose permit, …")
    )
    until = forms.DateField(label="Expected to go on", required=False, widget=forms.DateInput(attrs={"type": "date"}))


class CompleteForm(forms.Form):
    resolution = forms.CharField(
        label="What was done", required=False, max_length=20000, widget=text_area(3, "What you found and what you did.")
    )
    failure_cause = forms.CharField(label="Cause in words", required=False, max_length=2000, widget=text_area(2))
    actual_minutes = HoursField(label="Hours spent")
    waiver = forms.CharField(
        label="Complete without what is missing, because", required=False, max_length=400, widget=text_area(2)
    )
    field_order = ["problem", "cause", "remedy", "resolution", "failure_cause", "actual_minutes"]

    def __init__(self, *args: Any, work_order: WorkOrder, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_codes(self, member, work_order)
        self.order_fields(self.field_order)
        # It is refused without one, so it is not called optional.
        self.fields["problem"].may_be_asked = work_order.needs_failure_code  # type: ignore[attr-defined]
        found = completing.missing(work_order)
        # What this very form asks for is no link to somewhere else.
        self.missing = [one for one in found if one.code != "failure_code"]
        if not found or not may(member, "workorder.waive"):
            del self.fields["waiver"]


class ReasonField(forms.CharField):
    """Whether it must be filled says the transition, so it is not called optional."""

    may_be_asked = True


class ReasonForm(forms.Form):
    reason = ReasonField(label="Reason", required=False, max_length=500, widget=text_area(3))
