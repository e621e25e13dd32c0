"""Choosing codes of the failure catalogue, and editing it."""

from __future__ import annotations

from typing import Any

from django import forms

from assets.models import Category
from core.errors import Invalid
from tenancy.models import Member
from workorders.choices import CodeKind
from workorders.failure_codes import Choices, choices_for, find_code
from workorders.library.failure_codes import equipment_classes
from workorders.models import FailureCode, WorkOrder

LABELS = {CodeKind.PROBLEM: "Problem", CodeKind.CAUSE: "Cause", CodeKind.REMEDY: "Remedy"}
QUESTIONS = {
    CodeKind.PROBLEM: "Problem: what was seen",
    CodeKind.CAUSE: "Cause: why it happened",
    CodeKind.REMEDY: "Remedy: what was done",
}


class CodeInput(forms.TextInput):
    """A text field that suggests codes as one types; those last used on the asset are one tap away."""

    template_name = "workorders/code_input.html"

    def __init__(self, choices: Choices) -> None:
        super().__init__(attrs={"autocomplete": "off", "placeholder": "Code or words"})
        self.choices = choices

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        identity = f"{context['widget']['attrs'].get('id', name)}_codes"
        context["widget"]["attrs"]["list"] = identity
        return context | {"list_id": identity, "codes": self.choices.codes, "recent": self.choices.recent}


class CodeField(forms.CharField):
    """The code that a text names, or None."""

    def __init__(self, kind: str, member: Member, choices: Choices, **options: Any) -> None:
        self.kind, self.member = kind, member
        options.setdefault("label", LABELS[CodeKind(kind)])
        super().__init__(required=False, max_length=200, widget=CodeInput(choices), **options)

    def clean(self, value: Any) -> FailureCode | None:
        text = super().clean(value)
        try:
            return find_code(self.member, self.kind, text)
        except Invalid as refused:
            raise forms.ValidationError(refused.details[self.kind]) from None

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, FailureCode) else value


def add_codes(form: forms.Form, member: Member, work_order: WorkOrder) -> None:
    """Ask the three questions of a failure report in this form, beginning with what the work order says already."""
    offered = choices_for(
        member, work_order.asset, keep=[pk for kind in CodeKind.values if (pk := getattr(work_order, f"{kind}_id"))]
    )
    by_id = {row.pk: row for choices in offered.values() for row in choices.codes}
    for kind in CodeKind.values:
        form.fields[kind] = CodeField(kind, member, offered[kind])
        form.initial.setdefault(kind, by_id.get(getattr(work_order, f"{kind}_id")))


class FailureCodeForm(forms.Form):
    """One code. Which question it answers is said once, when it is added."""

    kind = forms.ChoiceField(label="Answers", choices=[(kind, QUESTIONS[kind]) for kind in CodeKind])
    code = forms.CharField(label="Code", max_length=60)
    name = forms.CharField(label="Name", max_length=120)
    description = forms.CharField(
        label="When to choose it", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    position = forms.IntegerField(label="Position in lists", min_value=0, max_value=9999, initial=50)
    classes = forms.ModelMultipleChoiceField(
        label="Belongs to",
        queryset=Category.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Categories of assets. None: it is offered for all equipment alike.",
    )

    def __init__(self, *args: Any, member: Member, editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if editing:
            del self.fields["kind"]
        self.fields["classes"].queryset = Category.objects.filter(  # type: ignore[attr-defined]
            tenant_id=member.tenant_id
        )


class ClassForm(forms.Form):
    """The class of ISO 14224 whose problem codes a category is given."""

    equipment_class = forms.ChoiceField(
        label="Class",
        required=False,
        choices=[("", "No class"), *((code, name) for code, name in equipment_classes().items())],
    )
