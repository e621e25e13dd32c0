"""Shapes of what people type about costs."""

from __future__ import annotations

from typing import Any

from django import forms

from workorders.choices import CostKind


def percent(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=6, decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip


class CostForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is it?", choices=CostKind.choices, initial=CostKind.VENDOR, widget=forms.RadioSelect
    )
    amount = forms.DecimalField(
        label="Amount", min_value=0, max_digits=11, decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip
    vendor = forms.CharField(label="Vendor", required=False, max_length=150, help_text="For an invoice.")
    reference = forms.CharField(label="Invoice number", required=False, max_length=80)
    invoiced_on = forms.DateField(
        label="Invoice date", required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    description = forms.CharField(label="For what", required=False, max_length=200)


class TakeBackForm(forms.Form):
    description = forms.CharField(label="Why", required=False, max_length=200)


class OverheadRuleForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80)
    percent_of_labor = percent("Percent of labour")
    percent_of_materials = percent("Percent of materials")
    per_work_order = forms.DecimalField(
        label="Amount per work order", required=False, min_value=0, max_digits=12, decimal_places=2,
        help_text="Counted once something is booked on it.",
    )  # fmt: skip
    is_active = forms.BooleanField(label="In use", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        return data | {
            name: data.get(name) or 0 for name in ("percent_of_labor", "percent_of_materials", "per_work_order")
        }
