"""What is asked before one act is done to many work orders. An empty field leaves every row as it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from labor.models import Crew, Technician
from tenancy.models import Department, Member
from workorders import catalogue
from workorders.choices import HoldReason, Meaning
from workorders.forms.orders import ReasonField, TechnicianChoice, crews, moment_field, technicians, text_area


class BulkForm(forms.Form):
    """`answer()` is what the act takes."""

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def answer(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def told(self) -> str:
        """What was done, for the page of its results."""
        return ""


class AssignManyForm(BulkForm):
    to = TechnicianChoice(
        label="Technician", queryset=Technician.objects.none(), required=False, empty_label="Leave as it is"
    )
    crew = forms.ModelChoiceField(
        label="Crew", queryset=Crew.objects.none(), required=False, empty_label="Leave as it is"
    )
    nobody = forms.BooleanField(label="Take everybody off: open for everybody to take", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = technicians(self.member)  # type: ignore[attr-defined]
        self.fields["crew"].queryset = crews(self.member)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        people = found.get("to") or found.get("crew")
        if found.get("nobody") and people:
            raise forms.ValidationError("Either take everybody off or name somebody.")
        if not found.get("nobody") and not people and not self.errors:
            raise forms.ValidationError("Name a technician or a crew.")
        return found

    def answer(self) -> dict[str, Any]:
        if self.cleaned_data["nobody"]:
            return {"to": None, "crew": None, "helpers": []}
        return {name: self.cleaned_data[name] for name in ("to", "crew") if self.cleaned_data[name]}

    def told(self) -> str:
        named = [str(value) for value in (self.cleaned_data["to"], self.cleaned_data["crew"]) if value]
        return f"Assigned to {' and '.join(named)}" if named else "Opened for everybody"


class EntryForm(BulkForm):
    """One entry of the catalogue for all."""

    kind = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = catalogue.of(self.member).by_key[self.kind].values()
        self.fields[self.kind] = forms.ChoiceField(
            label=self.kind.capitalize(),
            choices=[(entry.key, entry.name) for entry in entries if entry.is_active],
            widget=forms.RadioSelect,
        )

    def answer(self) -> dict[str, Any]:
        return {self.kind: catalogue.of(self.member).by_key[self.kind][self.cleaned_data[self.kind]]}

    def told(self) -> str:
        return f"{self.kind.capitalize()} set to {self.answer()[self.kind].name}"


class PriorityForm(EntryForm):
    kind = "priority"


class TypeForm(EntryForm):
    kind = "type"


class DepartmentForm(BulkForm):
    department = forms.ModelChoiceField(
        label="Department", queryset=Department.objects.none(), empty_label="Choose one"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Department.objects.filter(tenant_id=self.member.tenant_id).order_by("name")
        self.fields["department"].queryset = found  # type: ignore[attr-defined]

    def told(self) -> str:
        return f"Department set to {self.cleaned_data['department']}"


class ScheduleForm(BulkForm):
    due_at = moment_field("Due", help_text="Empty: each keeps its own.")
    scheduled_at = moment_field("Scheduled for", help_text="Empty: each keeps its own.")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("due_at") and not found.get("scheduled_at") and not self.errors:
            raise forms.ValidationError("Give at least one of the two.")
        return found

    def told(self) -> str:
        named = {"due_at": "Due", "scheduled_at": "Scheduled for"}
        return ", ".join(
            f"{named[name]} {timezone.localtime(value):%-d %b %Y, %H:%M}" for name, value in self.answer().items()
        )


class NoteForm(BulkForm):
    text = forms.CharField(label="Note", max_length=10_000, widget=text_area(3))
    for_requester = forms.BooleanField(label="Also shown to those who asked for the work", required=False)

    def told(self) -> str:
        return "Commented"


class StatusForm(BulkForm):
    """Which fields it has depends on what the status means."""

    FIELDS: dict[str, dict[str, Any]] = {
        Meaning.ON_HOLD: {
            "reason": lambda: forms.ChoiceField(
                label="Why does it wait?", choices=HoldReason.choices, widget=forms.RadioSelect
            ),
            "note": lambda: forms.CharField(label="Note", required=False, max_length=500, widget=text_area(2)),
            "until": lambda: forms.DateField(
                label="Expected to go on", required=False, widget=forms.DateInput(attrs={"type": "date"})
            ),
        },
        Meaning.COMPLETED: {
            "resolution": lambda: forms.CharField(
                label="What was done", required=False, max_length=20_000, widget=text_area(3)
            ),
        },
        Meaning.CANCELLED: {
            "reason": lambda: ReasonField(label="Reason", required=False, max_length=500, widget=text_area(3)),
        },
        Meaning.IN_PROGRESS: {
            "reason": lambda: forms.CharField(
                label="Reason", required=False, max_length=500, widget=text_area(2),
                help_text="Needed where work is sent back to the technician.",
            ),
        },
    }  # fmt: skip

    def __init__(self, *args: Any, to: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to = to
        for name, make in self.FIELDS.get(to.meaning, {}).items():
            self.fields[name] = make()

    def answer(self) -> dict[str, Any]:
        return {"to": self.to, **super().answer()}

    def told(self) -> str:
        return f"Moved to {self.to.name}"


FORMS: dict[str, type[BulkForm]] = {
    "assign": AssignManyForm,
    "priority": PriorityForm,
    "type": TypeForm,
    "department": DepartmentForm,
    "schedule": ScheduleForm,
    "comment": NoteForm,
    "status": StatusForm,
}
