"""Shapes of what people type about technicians and crews."""

from __future__ import annotations

from typing import Any

from django import forms

from labor.models import Technician
from tenancy.models import Member


class TechnicianForm(forms.Form):
    trade = forms.CharField(label="Trade", required=False, max_length=80)
    employee_number = forms.CharField(label="Employee number", required=False, max_length=40)
    hourly_rate = forms.DecimalField(label="Hourly rate", required=False, min_value=0, max_digits=9, decimal_places=2)
    is_active = forms.BooleanField(label="Can be assigned work", required=False)

    def __init__(self, *args: Any, rates: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rates:
            del self.fields["hourly_rate"]

    def clean_hourly_rate(self) -> Any:
        return self.cleaned_data["hourly_rate"] or 0


class NewTechnicianForm(forms.Form):
    member = forms.ModelChoiceField(label="Member", queryset=Member.objects.none(), empty_label=None)
    trade = forms.CharField(label="Trade", required=False, max_length=80)

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Member.objects.filter(tenant_id=by.tenant_id, is_active=True, technician=None)
        self.fields["member"].queryset = free  # type: ignore[attr-defined]


class People(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.member.name)


class Person(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.member.name)


class CrewForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80)
    technicians = People(
        label="Technicians", queryset=Technician.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    lead = Person(label="Lead", queryset=Technician.objects.none(), required=False, empty_label="Nobody")
    is_active = forms.BooleanField(label="Can be assigned work", required=False, initial=True)

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Technician.objects.visible_to(by).assignable().by_name()
        for name in ("technicians", "lead"):
            self.fields[name].queryset = found  # type: ignore[attr-defined]
