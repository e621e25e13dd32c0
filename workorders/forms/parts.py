"""Shapes of what people type and scan at the parts of a job."""

from __future__ import annotations

from typing import Any

from django import forms

QUANTITY: dict[str, Any] = {"min_value": 0, "max_digits": 14, "decimal_places": 3}


class LineForm(forms.Form):
    """How much of a line; empty is all that is wanted or out."""

    quantity = forms.DecimalField(required=False, **QUANTITY)
    status = forms.CharField(required=False, max_length=10)


class AddPartForm(forms.Form):
    """A part, chosen or scanned. `use` says that it is in the machine already."""

    part = forms.UUIDField(required=False)
    use = forms.UUIDField(required=False)
    part_q = forms.CharField(required=False, max_length=200)
    quantity = forms.DecimalField(required=False, **QUANTITY)
