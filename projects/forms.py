"""Shapes of what people type about projects."""

from __future__ import annotations

from typing import Any

from django import forms

from projects.choices import ProjectStatus
from tenancy.models import Department, Member


def day(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


class ProjectForm(forms.Form):
    code = forms.CharField(label="Code", max_length=40, help_text="Short and unique, such as P-2026-03.")
    name = forms.CharField(label="Name", max_length=150)
    description = forms.CharField(
        label="Description", required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 3})
    )
    status = forms.ChoiceField(label="Status", choices=ProjectStatus.choices, initial=ProjectStatus.PLANNED)
    starts_on = day("Begins")
    ends_on = day("Ends")
    budget = forms.DecimalField(
        label="Budget", required=False, min_value=0, max_digits=14, decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip
    budget_spent_warning = forms.IntegerField(
        label="Warn at percent of the budget", min_value=0, max_value=100, initial=80
    )
    led_by = forms.ModelChoiceField(
        label="Led by", queryset=Member.objects.none(), required=False, empty_label="Nobody yet"
    )
    department = forms.ModelChoiceField(
        label="Department", queryset=Department.objects.none(), required=False, empty_label="None"
    )
    members = forms.ModelMultipleChoiceField(
        label="Members", queryset=Member.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="They see the project, whatever their role.",
    )  # fmt: skip

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Member.objects.filter(tenant_id=by.tenant_id, is_active=True).order_by("name")
        for name, rows in {
            "led_by": people,
            "members": people,
            "department": Department.objects.filter(tenant_id=by.tenant_id).order_by("name"),
        }.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
