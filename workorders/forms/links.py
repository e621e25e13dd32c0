"""Shapes of what people type to link, split and merge work orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from assets.models import Asset
from tenancy.models import Member
from workorders import links
from workorders.forms.orders import ReasonField, text_area
from workorders.models import PartLine, Task, WorkOrder

KINDS = [
    ("blocks", "This must be done before …"),
    ("blocked_by", "This waits until … is done"),
    ("part_of", "This is a part of …"),
    ("has_part", "… is a part of this"),
    ("related", "This is related to …"),
    ("duplicate_of", "This is a duplicate of … (this one is cancelled)"),
]


class OtherWorkField(forms.CharField):
    """A work order by its number, or by words of which only one fits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label="Work order", max_length=200, help_text="Its number, or words of its title.", **options)

    def offer(self, work_order: WorkOrder) -> None:
        """Let the browser suggest what fits; without scripts it is typed."""
        self.widget.attrs |= {
            "list": "linkable",
            "autocomplete": "off",
            "hx-get": reverse("workorders:linkable", args=[work_order.pk]),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#linkable",
            # Not what the form around it says of itself.
            "hx-select": "unset",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }


def meant(member: Member, work_order: WorkOrder, text: str) -> WorkOrder:
    """The one work order that is meant; a sentence where it is none or several."""
    found = links.find(member, text, without=[work_order.pk], most=4)
    if not found:
        raise forms.ValidationError("No other work order fits. Type its number or words of its title.")
    if len(found) > 1:
        several = "; ".join(f"{one.number} {one.title}" for one in found)
        raise forms.ValidationError(f"Several fit: {several}. Type the number of the one you mean.")
    return found[0]


class LinkForm(forms.Form):
    kind = forms.ChoiceField(label="How they hang together", choices=KINDS, widget=forms.RadioSelect)
    other = OtherWorkField()
    reason = forms.CharField(
        label="Why", required=False, max_length=400, help_text="For a duplicate; it is kept in the history."
    )

    def __init__(self, *args: Any, member: Member, work_order: WorkOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.work_order = member, work_order
        self.fields["other"].offer(work_order)  # type: ignore[attr-defined]

    def clean_other(self) -> WorkOrder:
        return meant(self.member, self.work_order, self.cleaned_data["other"])


class StartForm(forms.Form):
    """Asks why only when something still blocks the work."""

    reason = ReasonField(label="Why it is started all the same", required=False, max_length=500, widget=text_area(2))

    def visible_fields(self) -> list[forms.BoundField]:
        return super().visible_fields() if "reason" in self.errors or self.data.get("reason") else []


class TaskChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.position}. {obj.description}"


class PartChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.quantity.normalize():f} {obj.part.unit} {obj.part.name} ({obj.part.number})"


class AssetChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.tag})"


class WorkChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {obj.title}, {obj.status.name.lower()}"


def boxes(kind: Any, label: str, model: Any) -> Any:
    return kind(label=label, queryset=model.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)


class SplitForm(forms.Form):
    title = forms.CharField(label="What the new work order is about", max_length=200)
    tasks = boxes(TaskChoices, "Steps to move", Task)
    parts = boxes(PartChoices, "Parts to move", PartLine)
    assets = boxes(AssetChoices, "Assets to move", Asset)

    def __init__(self, *args: Any, work_order: WorkOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "tasks": work_order.tasks.order_by("position", "id"),
            "parts": work_order.part_lines.filter(issued=0).select_related("part"),
            "assets": Asset.objects.filter(pk__in=work_order.further_assets.values("asset_id")).order_by("name"),
        }
        for name, found in rows.items():
            if found.exists():
                self.fields[name].queryset = found  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class MergeForm(forms.Form):
    near = boxes(WorkChoices, "Unfinished work on the same asset", WorkOrder)
    other = OtherWorkField(required=False)
    reason = forms.CharField(label="Why", required=False, max_length=400)

    def __init__(self, *args: Any, member: Member, work_order: WorkOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.work_order = member, work_order
        self.fields["other"].offer(work_order)  # type: ignore[attr-defined]
        near = WorkOrder.objects.visible_to(member).active().filter(asset=work_order.asset_id).exclude(pk=work_order.pk)
        if work_order.asset_id and near.exists():
            first = near.order_by("-created_at").values("pk")[:20]
            self.fields["near"].queryset = (  # type: ignore[attr-defined]
                WorkOrder.objects.filter(pk__in=first).select_related("status").order_by("-created_at")
            )
        else:
            del self.fields["near"]

    def clean_other(self) -> WorkOrder | None:
        text = self.cleaned_data["other"].strip()
        return meant(self.member, self.work_order, text) if text else None

    @property
    def chosen(self) -> list[WorkOrder]:
        other = self.cleaned_data.get("other")
        return [*self.cleaned_data.get("near", []), *([other] if other else [])]
