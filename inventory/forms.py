"""Shapes of what people type about parts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models.functions import Lower

from customfields import definitions
from customfields.choices import Entity
from customfields.forms import CarriesCustom
from inventory.models import Part, PartCategory
from tenancy.models import Member

MOST_LINES = 50


class PartFilterForm(forms.Form):
    search = forms.CharField(required=False, max_length=200)
    category = forms.ModelChoiceField(
        label="Category", required=False, queryset=PartCategory.objects.none(), empty_label="Any"
    )
    archived = forms.ChoiceField(
        label="Show", required=False, choices=[("", "In the catalogue"), ("true", "Archived parts")]
    )

    def __init__(self, data: Any, *, member: Member) -> None:
        super().__init__(data)
        self.fields["category"].queryset = PartCategory.objects.filter(tenant_id=member.tenant_id)  # type: ignore[attr-defined]
        self.is_valid()

    def value(self, name: str) -> Any:
        return self.cleaned_data.get(name) or ""


class PartForm(CarriesCustom, forms.Form):
    """All of a part on one page. Makers' numbers and alternates are lines of text: quick to type and to paste."""

    number = forms.CharField(label="Number", max_length=80, help_text="What stands on its shelf or bag.")
    name = forms.CharField(label="Name", max_length=200)
    category = forms.ModelChoiceField(
        label="Category", required=False, queryset=PartCategory.objects.none(), empty_label="None"
    )
    unit = forms.CharField(label="Counted in", max_length=20, initial="each", help_text="each, m, l, kg …")
    unit_cost = forms.DecimalField(
        label="Cost of one", min_value=0, max_digits=14, decimal_places=4, initial=0,
        help_text="A work order keeps the cost of the day a part was issued; a change here leaves it alone.",
    )  # fmt: skip
    kept_in = forms.CharField(label="Kept in", required=False, max_length=120, help_text="Store, rack, shelf, bin.")
    barcode = forms.CharField(label="Barcode", required=False, max_length=120)
    manufacturer_numbers = forms.CharField(
        label="Manufacturers’ numbers", required=False, max_length=13_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: manufacturer, a colon, its number. “SKF: 6204-2RS”",
    )  # fmt: skip
    alternates = forms.CharField(
        label="Does instead", required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Numbers of other parts, one a line.",
    )  # fmt: skip
    description = forms.CharField(
        label="Description", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, member: Member, part: Part | None = None, **kwargs: Any) -> None:
        if part is not None:
            kwargs["initial"] = initial_of(part)
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["category"].queryset = PartCategory.objects.filter(tenant_id=member.tenant_id)
        self.add_custom(definitions.of(member.tenant, Entity.PART), member, part.custom if part else {})

    def clean_manufacturer_numbers(self) -> list[tuple[str, str]]:
        pairs = []
        for line in lines_of(self.cleaned_data["manufacturer_numbers"]):
            maker, colon, number = line.partition(":")
            if not colon or not maker.strip() or not number.strip():
                raise forms.ValidationError(f"“{line[:60]}”: write the manufacturer, a colon and its number.")
            pairs.append((maker.strip(), number.strip()))
        return pairs

    def clean_alternates(self) -> list[Part]:
        numbers = list(dict.fromkeys(line.lower() for line in lines_of(self.cleaned_data["alternates"])))
        if len(numbers) > MOST_LINES:
            raise forms.ValidationError(f"At most {MOST_LINES}.")
        rows = Part.objects.visible_to(self.member).annotate(lowered=Lower("number")).filter(lowered__in=numbers)
        found = {part.number.lower(): part for part in rows}
        if missing := [number for number in numbers if number not in found]:
            raise forms.ValidationError(f"There is no part with the number {', '.join(missing)[:200]}.")
        return [found[number] for number in numbers]


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]


def initial_of(part: Part) -> dict[str, Any]:
    names = ("number", "name", "unit", "unit_cost", "kept_in", "barcode", "description")
    numbers = part.manufacturer_numbers.order_by("manufacturer", "number").values_list("manufacturer", "number")
    others = part.alternates.order_by("alternate__number").values_list("alternate__number", flat=True)
    return {name: getattr(part, name) for name in names} | {
        "category": part.category_id,
        "manufacturer_numbers": "\n".join(f"{maker}: {number}" for maker, number in numbers),
        "alternates": "\n".join(others),
    }


class CategoryForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100)
