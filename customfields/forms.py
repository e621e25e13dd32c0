"""Forms of custom fields: their definition, and the inputs they become in other forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from customfields.choices import Entity, FieldKind
from customfields.models import CustomField
from customfields.values import EMPTY, LONGEST_TEXT
from tenancy.models import Member

PREFIX = "custom_"


class FieldForm(forms.Form):
    """A definition. Entity and kind are chosen once, when the field is made."""

    entity = forms.ChoiceField(label="Of", choices=Entity.choices)
    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(label="Kind", choices=FieldKind.choices)
    options = forms.CharField(
        label="Options",
        required=False,
        help_text="One per line; only for lists.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    help_text = forms.CharField(label="Help below the field", required=False, max_length=200)
    required = forms.BooleanField(label="Must be filled", required=False)
    required_for = forms.MultipleChoiceField(
        label="… only for these types of work", required=False, widget=forms.CheckboxSelectMultiple
    )
    position = forms.IntegerField(label="Position", min_value=0, max_value=1000, initial=0)
    is_active = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, *args: Any, types: Iterable[tuple[str, str]], editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["required_for"].choices = list(types)  # type: ignore[attr-defined]
        for name in ("entity", "kind") if editing else ("is_active",):
            del self.fields[name]

    def clean_options(self) -> list[str]:
        return str(self.cleaned_data["options"]).splitlines()


def initial_of(field: CustomField) -> dict[str, Any]:
    names = ("name", "help_text", "required", "required_for", "position", "is_active")
    return {name: getattr(field, name) for name in names} | {"options": "\n".join(field.options)}


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def inputs(
    fields: Iterable[CustomField], member: Member, values: Mapping[str, Any], type_key: str = ""
) -> dict[str, Any]:
    """Form fields by name (`custom_<key>`), each with the value it has now as its initial one.

    Whether a field that only some types require must be filled says the act, since the type is chosen in the same form.
    """
    return {f"{PREFIX}{field.key}": input_of(field, member, values.get(field.key)) for field in fields}


def input_of(field: CustomField, member: Member, value: Any) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.name, "help_text": field.help_text, "required": field.required and not field.required_for,
        "initial": value,
    }  # fmt: skip
    if field.kind == FieldKind.NUMBER:
        return forms.DecimalField(**common, max_digits=20, decimal_places=6)
    if field.kind == FieldKind.DATE:
        return forms.DateField(**common, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    if field.kind in (FieldKind.CHOICE, FieldKind.MULTI_CHOICE):
        # An option that was taken away stays choosable for the record that has it.
        held = value if isinstance(value, list) else [value] if value else []
        choices = [(text, text) for text in dict.fromkeys([*field.options, *held])]
        if field.kind == FieldKind.CHOICE:
            return forms.ChoiceField(**common, choices=[("", "Not said"), *choices])
        return forms.MultipleChoiceField(**common, choices=choices, widget=forms.CheckboxSelectMultiple)
    if field.kind == FieldKind.PERSON:
        people = Member.objects.filter(tenant_id=member.tenant_id, is_active=True).order_by("name")
        return PersonChoice(**common, queryset=people, empty_label="Nobody")
    if field.kind == FieldKind.LINK:
        return forms.URLField(**common, max_length=500, assume_scheme="https")
    return forms.CharField(**common, max_length=LONGEST_TEXT)


def given(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What a form's data says of custom fields, as `values.merged` takes it."""
    return {name.removeprefix(PREFIX): plain(value) for name, value in cleaned.items() if name.startswith(PREFIX)}


def plain(value: Any) -> Any:
    if value in EMPTY:
        return None
    if isinstance(value, Member):
        return str(value.pk)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


# Paths of a refusal → names of the inputs.
def names_of(fields: Iterable[CustomField]) -> dict[str, str]:
    return {f"custom.{field.key}": f"{PREFIX}{field.key}" for field in fields}


class CarriesCustom:
    """For a form of something that has custom fields: `add_custom` after `__init__`, `custom_rows` for its template.

    Its cleaned data then holds `custom`, as the acts take it, and `custom_names` sends refusals to the right inputs.
    """

    fields: dict[str, Any]
    cleaned_data: dict[str, Any]
    custom_fields: list[CustomField] = []

    def add_custom(self, fields: Iterable[CustomField], member: Member, values: Mapping[str, Any]) -> None:
        self.custom_fields = list(fields)
        self.fields |= inputs(self.custom_fields, member, values)

    def clean(self) -> dict[str, Any]:
        super().clean()  # type: ignore[misc]
        if self.custom_fields:
            self.cleaned_data["custom"] = given(self.cleaned_data)
            for field in self.custom_fields:
                self.cleaned_data.pop(f"{PREFIX}{field.key}", None)
        return self.cleaned_data

    @property
    def custom_names(self) -> dict[str, str]:
        return names_of(self.custom_fields)

    @property
    def custom_rows(self) -> list[list[Any]]:
        return [[self[f"{PREFIX}{field.key}"]] for field in self.custom_fields]  # type: ignore[index]
