"""Shapes of what people type about assets and places."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q

from assets.choices import AssetStatus, Criticality, LocationKind
from assets.models import Asset, Category, Location
from customfields import definitions
from customfields.choices import Entity
from customfields.forms import CarriesCustom
from tenancy.models import Department, Member

PLACES_SHOWN = 500


class PlaceChoice(forms.ModelChoiceField):
    """Places in the order of the tree, indented by their depth."""

    def label_from_instance(self, obj: Any) -> str:
        return "\u2003" * str(obj.path).count(".") + str(obj.name)


class PlaceChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return "\u2003" * str(obj.path).count(".") + str(obj.name)


def places(member: Member) -> Any:
    found = Location.objects.visible_to(member).active().order_by("path").values("pk")[:PLACES_SHOWN]
    return Location.objects.filter(pk__in=found).order_by("path")


def fitting(rows: Any, text: str) -> Any:
    """Assets whose name, tag, serial number or barcode hold every word."""
    for word in text.replace("\x00", " ").split()[:4]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(tag__icontains=word) | Q(serial__icontains=word) | Q(barcode__iexact=word)
        )
    return rows


class AssetFilterForm(forms.Form):
    search = forms.CharField(required=False, max_length=200)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Any"), *AssetStatus.choices])
    criticality = forms.ChoiceField(label="Criticality", required=False, choices=[("", "Any"), *Criticality.choices])
    category = forms.ModelChoiceField(
        label="Category", required=False, queryset=Category.objects.none(), empty_label="Any"
    )
    location = PlaceChoice(label="Place", required=False, queryset=Location.objects.none(), empty_label="Anywhere")

    def __init__(self, data: Any, *, member: Member) -> None:
        super().__init__(data)
        self.fields["category"].queryset = Category.objects.filter(tenant_id=member.tenant_id)  # type: ignore[attr-defined]
        self.fields["location"].queryset = places(member)  # type: ignore[attr-defined]
        self.is_valid()

    def value(self, name: str) -> Any:
        return self.cleaned_data.get(name) or ""


class LinesField(forms.CharField):
    """Short texts, each on a line of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class AssetForm(CarriesCustom, forms.ModelForm):
    """All fields of an asset; the parent by its tag, because a list of every asset would be too long."""

    parent_tag = forms.CharField(label="Part of (tag)", required=False, max_length=80)
    hazards = LinesField(
        label="Hazards", help_text="One on each line: 480 V, stored pressure, hot surface. Shown before work begins."
    )

    class Meta:
        model = Asset
        fields = [
            "name", "tag", "category", "location", "department", "criticality", "manufacturer", "model", "serial",
            "barcode", "description", "hazards", "warranty_until", "warranty_note",
        ]  # fmt: skip
        labels = {
            "tag": "Tag",
            "location": "Place",
            "serial": "Serial number",
            "warranty_until": "Under warranty until",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "warranty_until": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }
        field_classes = {"location": PlaceChoice}

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        asset: Asset = self.instance
        self.initial["parent_tag"] = asset.parent.tag if asset.parent_id else ""  # type: ignore[union-attr]
        own = {"tenant_id": member.tenant_id}
        querysets = {
            "category": Category.objects.filter(**own),
            "department": Department.objects.filter(**own),
            "location": places(member),
        }
        for name, queryset in querysets.items():
            self.fields[name].queryset = queryset
        self.add_custom(definitions.of(member.tenant, Entity.ASSET), member, asset.custom)

    def clean_parent_tag(self) -> str:
        tag = str(self.cleaned_data["parent_tag"]).strip()
        self.parent = None
        if tag:
            self.parent = Asset.objects.visible_to(self.member).filter(tag__iexact=tag).first()
            if self.parent is None:
                raise forms.ValidationError("There is no asset with this tag.")
        return tag

    def _post_clean(self) -> None:
        """The action checks the asset as a whole; the form only reads."""

    def values(self) -> dict[str, Any]:
        custom = {"custom": self.cleaned_data["custom"]} if self.custom_fields else {}
        return {name: self.cleaned_data[name] for name in self.Meta.fields} | {"parent": self.parent} | custom


class StatusForm(forms.Form):
    status = forms.ChoiceField(label="Status", choices=AssetStatus.choices)
    reason = forms.CharField(
        label="Why", required=False, max_length=300, help_text="Asked when it goes out of service."
    )


class PlaceForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150)
    kind = forms.ChoiceField(label="Kind", choices=LocationKind.choices)
    parent = PlaceChoice(
        label="Stands in", required=False, queryset=Location.objects.none(), empty_label="The top of the tree"
    )
    code = forms.CharField(label="Code", required=False, max_length=60)
    time_zone = forms.ChoiceField(label="Time zone", required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = places(member)  # type: ignore[attr-defined]
        zones = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
        self.fields["time_zone"].choices = [("", "As the place above"), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]


class ScopeForm(forms.Form):
    places = PlaceChoices(
        label="Places, each with everything below it",
        required=False,
        queryset=Location.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"].queryset = places(member)  # type: ignore[attr-defined]
