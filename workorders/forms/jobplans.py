"""The editor of a job plan: its head, its steps and its parts, three forms that are sent and refused as one.

Rows are the formsets of Django, so that everything works without scripts: empty rows at the end are new ones, a number orders, a
tick removes. A condition names the row it looks at; it stays that row wherever it is moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from assets.models import Category
from inventory.models import Part
from labor.models import Crew, Technician
from tenancy.models import Member
from workorders import catalogue, plans
from workorders.choices import ConditionOperator, TaskKind
from workorders.forms.orders import HoursField, TechnicianChoice, crews, technicians, text_area
from workorders.models import JobPlan
from workorders.plans import FLAGS, LISTS, Content

EMPTY_STEPS = 3
EMPTY_PARTS = 2
STEP_PATH = re.compile(r"(steps|parts)\[(\d+)\]\.(\w+)")


class LinesField(forms.CharField):
    """A list of short texts, one on each line."""

    def __init__(self, label: str, placeholder: str, **options: Any) -> None:
        super().__init__(label=label, required=False, max_length=5000, widget=text_area(3, placeholder), **options)

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).replace(";", "\n").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class PlanForm(forms.Form):
    """What the plan is called and what every work order made from it is given."""

    name = forms.CharField(label="Name of the plan", max_length=150)
    summary = forms.CharField(label="When and how often", required=False, max_length=300)
    category = forms.ModelChoiceField(
        label="For", queryset=Category.objects.none(), required=False, empty_label="Any equipment"
    )
    title = forms.CharField(label="Title of the work orders", required=False, max_length=200)
    description = forms.CharField(label="Description", required=False, max_length=20_000, widget=text_area(4))
    type = forms.ChoiceField(label="Type", required=False)
    priority = forms.ChoiceField(label="Priority", required=False)
    estimated_minutes = HoursField(label="Estimated hours")
    assigned_to = TechnicianChoice(
        label="Technician", queryset=Technician.objects.none(), required=False, empty_label="Nobody in particular"
    )
    crew = forms.ModelChoiceField(label="Crew", queryset=Crew.objects.none(), required=False, empty_label="No crew")
    skills = LinesField("Skills", "One on each line")
    tools = LinesField("Tools", "One on each line")
    safety_requirements = LinesField("Safety requirements", "One on each line: ppe, lockout_tagout, …")
    needs_signature = forms.BooleanField(label="Completing asks for a signature", required=False)
    needs_photo = forms.BooleanField(label="Completing asks for a photo", required=False)
    needs_failure_code = forms.BooleanField(label="Completing asks for a failure code", required=False)
    all_ok_allowed = forms.BooleanField(label="All checks may be set to OK at once", required=False)

    ROWS = [
        ["name"],
        ["summary", "category"],
        ["title"],
        ["description"],
        ["type", "priority", "estimated_minutes"],
        ["assigned_to", "crew"],
        ["safety_requirements", "skills", "tools"],
        list(FLAGS),
    ]

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = catalogue.of(member)
        for name, entries in (("priority", self.known.priorities), ("type", self.known.types)):
            active = [(entry.key, entry.name) for entry in entries.values() if entry.is_active]
            self.fields[name].choices = [("", "The usual one"), *active]  # type: ignore[attr-defined]
        self.fields["category"].queryset = Category.objects.filter(  # type: ignore[attr-defined]
            tenant_id=member.tenant_id
        )
        self.fields["assigned_to"].queryset = technicians(member)  # type: ignore[attr-defined]
        self.fields["crew"].queryset = crews(member)  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[name] for name in row] for row in self.ROWS]

    def clean_type(self) -> Any:
        return self.known.by_key["type"].get(self.cleaned_data["type"])

    def clean_priority(self) -> Any:
        return self.known.by_key["priority"].get(self.cleaned_data["priority"])


def uncalled_optional(form: forms.Form) -> None:
    """A row is there or not; saying "optional" at each of its fields helps nobody."""
    for field in form.fields.values():
        field.may_be_asked = True  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """One step. A row without a description is no step."""

    description = forms.CharField(label="What to do", required=False, max_length=500)
    kind = forms.ChoiceField(label="Answer", choices=TaskKind.choices, required=False)
    required = forms.BooleanField(label="Required", required=False)
    estimated_minutes = forms.IntegerField(label="Minutes", required=False, min_value=0, max_value=100_000)
    unit = forms.CharField(label="Unit", required=False, max_length=20)
    lowest = forms.DecimalField(label="At least", required=False, max_digits=18, decimal_places=6)
    highest = forms.DecimalField(label="At most", required=False, max_digits=18, decimal_places=6)
    options = LinesField("Choices", "One on each line")
    meter_name = forms.CharField(label="Meter", required=False, max_length=80)
    condition_on = forms.ChoiceField(label="Only when", required=False)
    condition_operator = forms.ChoiceField(
        label="its answer", required=False, choices=[("", "-"), *ConditionOperator.choices]
    )
    condition_value = forms.CharField(label="this", required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uncalled_optional(self)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or TaskKind.TICK.value

    def more(self) -> list[forms.BoundField]:
        names = ("estimated_minutes", "unit", "lowest", "highest", "meter_name", "options")
        return [self[name] for name in names]

    def condition(self) -> list[forms.BoundField]:
        return [self[name] for name in ("condition_on", "condition_operator", "condition_value")]

    def is_rich(self) -> bool:
        """Whether the row says more than its first line shows."""
        if self.errors:
            return True
        names = ("unit", "lowest", "highest", "meter_name", "options", "condition_on")
        return any(self[name].value() not in (None, "", []) for name in names)


class PartForm(forms.Form):
    """One part by its number in the catalogue. A row without a number is no part."""

    part = forms.CharField(
        label="Part number", required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    quantity = forms.DecimalField(label="Quantity", required=False, max_digits=14, decimal_places=3)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        uncalled_optional(self)

    def clean_part(self) -> Part | None:
        """By number; what the list of suggestions writes is the number and, behind it, the name."""
        text = self.cleaned_data["part"].strip()
        if not text:
            return None
        parts = Part.objects.visible_to(self.member).current()
        found = parts.filter(number__iexact=text).first()
        if found is None and " · " in text:
            found = parts.filter(number__iexact=text.partition(" · ")[0].strip()).first()
        if found is None:
            raise forms.ValidationError(f"There is no part with the number “{text[:60]}”.")
        return found

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("part") and not self.cleaned_data.get("quantity"):
            self.add_error("quantity", "Say how many.")
        return self.cleaned_data


class PlanEditor:
    """Head, steps and parts as one form: valid when all are, and each refusal lands at its row."""

    def __init__(
        self, data: Any, *, member: Member, plan: JobPlan | None = None, content: Content | None = None
    ) -> None:
        self.is_bound = data is not None
        more = {"steps": int("more-steps" in (data or {})), "parts": int("more-parts" in (data or {}))}
        if data is not None and any(more.values()):
            data = data.copy()
            for name, asked in more.items():
                if asked:
                    data[f"{name}-TOTAL_FORMS"] = str(min(int(data.get(f"{name}-TOTAL_FORMS") or 0) + 5, 500))
        self.looking = any(more.values())
        steps, parts = initial_rows(content)
        shaped: dict[str, Any] = {"can_order": True, "can_delete": True, "max_num": 500, "absolute_max": 600}
        step_set = forms.formset_factory(StepForm, extra=EMPTY_STEPS if steps else 6, **shaped)
        part_set = forms.formset_factory(PartForm, extra=EMPTY_PARTS, can_delete=True, max_num=200, absolute_max=250)
        self.plan = PlanForm(data, member=member, initial=initial_head(plan, content))
        self.steps = step_set(data, prefix="steps", initial=steps)
        self.parts = part_set(data, prefix="parts", initial=parts, form_kwargs={"member": member})
        self.name_rows()
        self.step_rows: list[StepForm] = []
        self.part_rows: list[PartForm] = []
        self.fields = Paths(self.plan.fields)

    def name_rows(self) -> None:
        """What a condition can look at: every row, by what it says."""
        choices = [("", "Always")]
        for index, form in enumerate(self.steps.forms):
            text = str(form["description"].value() or "").strip()
            choices.append((str(index), f"{index + 1}. {text[:60]}" if text else f"{index + 1}. (new)"))
        # `empty_form` is another one at every look: scripts add rows from this one.
        self.empty_step, self.empty_part = self.steps.empty_form, self.parts.empty_form
        for form in [*self.steps.forms, self.empty_step]:
            form.fields["condition_on"].choices = choices

    @property
    def errors(self) -> Any:
        return self.plan.errors or any(self.steps.errors) or any(self.parts.errors) or None

    def is_valid(self) -> bool:
        return all([self.plan.is_valid(), self.steps.is_valid(), self.parts.is_valid()])

    @property
    def cleaned_data(self) -> dict[str, Any]:
        """`changes` and `content` as the acts on plans take them."""
        said = dict(self.plan.cleaned_data)
        changes = {name: said.pop(name) for name in ("name", "summary", "category")}
        said["title"] = said["title"] or changes["name"]
        self.step_rows = [form for form in self.steps.ordered_forms if form.cleaned_data.get("description")]
        places = {id(form): place for place, form in enumerate(self.step_rows, start=1)}
        steps = []
        for form in self.step_rows:
            step = {name: form.cleaned_data[name] for name in plans.STEP_FIELDS}
            on = step["condition_on"]
            target = self.steps.forms[int(on)] if on else None
            step["condition_on"] = places.get(id(target)) if target is not None else None
            if step["condition_on"] is None:
                step |= {"condition_operator": "", "condition_value": ""}
            steps.append(step)
        gone = set(map(id, self.parts.deleted_forms))
        self.part_rows = [form for form in self.parts.forms if form.cleaned_data.get("part") and id(form) not in gone]
        parts = [{name: form.cleaned_data[name] for name in ("part", "quantity")} for form in self.part_rows]
        return {"changes": changes, "content": said | {"steps": steps, "parts": parts}}

    def add_error(self, path: str | None, sentence: str) -> None:
        found = STEP_PATH.fullmatch(path or "")
        if not found:
            self.plan.add_error(path if path in self.plan.fields else None, sentence)
            return
        rows: list[Any] = self.step_rows if found[1] == "steps" else self.part_rows
        form = rows[int(found[2])]
        form.add_error(found[3] if found[3] in form.fields else None, sentence)


class Paths:
    """Fields of the head, and every path into the rows."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def __contains__(self, name: object) -> bool:
        return name in self.fields or bool(isinstance(name, str) and STEP_PATH.fullmatch(name))


def initial_head(plan: JobPlan | None, content: Content | None) -> dict[str, Any]:
    head: dict[str, Any] = {}
    if plan is not None:
        head = {"name": plan.name, "summary": plan.summary, "category": plan.category_id}
    if content is not None:
        head |= {name: content[name] for name in ("title", "description", "estimated_minutes", *LISTS, *FLAGS)}
        head |= {name: content[name].key if content[name] else "" for name in ("type", "priority")}
        head |= {name: content[name].pk if content[name] else None for name in ("assigned_to", "crew")}
    return head


def initial_rows(content: Content | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if content is None:
        return [], []
    steps = [
        step
        | {
            "condition_on": str(step["condition_on"] - 1) if step["condition_on"] else "",
            "lowest": plans.number(step["lowest"]),
            "highest": plans.number(step["highest"]),
        }
        for step in content["steps"]
    ]
    parts = [
        {"part": f"{line['part'].number} · {line['part'].name}", "quantity": plans.number(line["quantity"])}
        for line in content["parts"]
    ]
    return steps, parts


class LibraryForm(forms.Form):
    """Which plans of the starter library to take over."""

    keys = forms.MultipleChoiceField(choices=[], error_messages={"required": "Choose at least one."})

    def __init__(self, *args: Any, keys: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]
