"""Shapes of what people type about the steps of a checklist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from labor.models import Technician
from tenancy.models import Member
from workorders import checklist
from workorders.choices import ConditionOperator, TaskKind, TaskStatus
from workorders.forms.orders import TechnicianChoice, technicians, text_area
from workorders.models import Task


class AnswerForm(forms.Form):
    """Any part of an answer; what is not in the form that was sent stays as it is."""

    answer = forms.CharField(required=False, max_length=10_000)
    status = forms.ChoiceField(choices=[("", ""), *TaskStatus.choices], required=False)
    notes = forms.CharField(required=False, max_length=10_000)
    actual_minutes = forms.IntegerField(required=False, min_value=0, max_value=100_000)
    confirmed = forms.BooleanField(required=False)

    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields if name in self.data}


class StepForm(forms.Form):
    """What a step asks. Fields that do not fit the kind are hidden by the style sheet, and left out here."""

    description = forms.CharField(label="What to do", max_length=500, widget=text_area(2))
    kind = forms.ChoiceField(label="Answered by", choices=TaskKind.choices, initial=TaskKind.TICK)
    required = forms.BooleanField(label="Required: the work cannot be completed without it", required=False)
    unit = forms.CharField(label="Unit", max_length=20, required=False)
    lowest = forms.CharField(label="Lowest allowed", max_length=30, required=False)
    highest = forms.CharField(label="Highest allowed", max_length=30, required=False)
    options = forms.CharField(label="Choices, one per line", required=False, widget=text_area(3))
    meter_name = forms.CharField(label="Meter", max_length=80, required=False)
    estimated_minutes = forms.IntegerField(label="Estimated minutes", min_value=0, max_value=100_000, required=False)
    assigned_to = TechnicianChoice(
        label="For", queryset=Technician.objects.none(), required=False, empty_label="Whoever does the job"
    )
    condition_on = forms.TypedChoiceField(label="Ask only depending on", required=False, coerce=UUID, empty_value=None)
    condition_operator = forms.ChoiceField(
        label="when its answer", choices=ConditionOperator.choices, required=False, initial=ConditionOperator.IS
    )
    condition_value = forms.CharField(
        label="this", max_length=80, required=False, help_text="pass, fail, done, one of its choices, or a number"
    )

    MEASURED = ("unit", "lowest", "highest")

    def __init__(self, *args: Any, member: Member, earlier: Sequence[Task], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = technicians(member)  # type: ignore[attr-defined]
        steps = [(str(task.pk), f"{task.position}. {task.description[:60]}") for task in earlier]
        self.fields["condition_on"].choices = [("", "Always ask"), *steps]  # type: ignore[attr-defined]
        if not earlier:
            for name in ("condition_on", "condition_operator", "condition_value"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        data["options"] = [line.strip() for line in data.get("options", "").splitlines() if line.strip()]
        for names, kinds in ((self.MEASURED, checklist.MEASURED), (("meter_name",), (TaskKind.METER,))):
            if kind not in kinds:
                data |= dict.fromkeys(names, "")
        if kind != TaskKind.CHOICE:
            data["options"] = []
        for name in ("lowest", "highest"):
            data[name] = data.get(name) or None
        data.setdefault("condition_on", None)
        if data["condition_on"] is None:
            data |= {"condition_operator": "", "condition_value": ""}
        return data


class NewStepsForm(StepForm):
    """Several at once: a line is a step."""

    description = forms.CharField(
        label="What to do", max_length=20_000, widget=text_area(3), help_text="Several steps: one per line."
    )

    field_order = ["description"]

    def steps(self) -> list[dict[str, Any]]:
        lines = [line.strip() for line in self.cleaned_data["description"].splitlines() if line.strip()]
        return [{**self.cleaned_data, "description": line} for line in lines]


def initial_of(task: Task) -> dict[str, Any]:
    plain = ("description", "kind", "required", "unit", "estimated_minutes", "meter_name", "condition_value")
    return {
        **{name: getattr(task, name) for name in plain},
        "lowest": "" if task.lowest is None else checklist.plain(task.lowest),
        "highest": "" if task.highest is None else checklist.plain(task.highest),
        "options": "\n".join(task.options),
        "assigned_to": task.assigned_to_id,
        "condition_on": str(task.condition_on_id or ""),
        "condition_operator": task.condition_operator or ConditionOperator.IS,
    }
