"""Naming a view of the list; choosing its columns."""

from __future__ import annotations

from typing import Any

from django import forms

from tenancy.models import Member
from tenancy.permissions import may


class ViewForm(forms.Form):
    name = forms.CharField(label="Name", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    shared = forms.BooleanField(label="Show it to everybody in the organisation", required=False)
    default = forms.BooleanField(label="Open my list with it", required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may(member, "view.share"):
            del self.fields["shared"]
