"""Settings of the work: statuses and the graph between them, priorities, types."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, page, status_of, submit
from tenancy.permissions import PERMISSIONS
from workorders import actions
from workorders.choices import GUARDED_FIELDS, GuardOperator, Meaning
from workorders.models import Priority, Status, Transition, Type

TONES = [("critical", "Red"), ("high", "Orange"), ("medium", "Yellow"), ("low", "Green")]


class EntryForm(forms.Form):
    name = forms.CharField(label="Name", max_length=60)
    position = forms.IntegerField(label="Position in lists", min_value=0, max_value=999, initial=50)
    is_default = forms.BooleanField(label="Default", required=False)
    is_active = forms.BooleanField(label="In use", required=False, initial=True)


class NewStatusForm(forms.Form):
    name = forms.CharField(label="Name", max_length=60)
    meaning = forms.ChoiceField(
        label="Means", choices=Meaning.choices, help_text="Rules hang on the meaning; it cannot be changed later."
    )
    position = forms.IntegerField(label="Position in lists", min_value=0, max_value=999, initial=50)


class PriorityForm(EntryForm):
    rank = forms.IntegerField(label="Rank", min_value=1, max_value=99, help_text="1 is the most urgent.")
    letter = forms.CharField(label="Letter", max_length=2)
    tone = forms.ChoiceField(label="Colour", choices=TONES)


class TransitionForm(forms.Form):
    permission = forms.ChoiceField(
        label="Needs the permission",
        required=False,
        choices=[("", "What the act itself asks"), *((name, f"{name}: {text}") for name, text in PERMISSIONS.items())],
    )
    requires_reason = forms.BooleanField(label="Asks for a reason", required=False)
    required_fields = forms.MultipleChoiceField(
        label="Fields that must be filled",
        required=False,
        choices=list(GUARDED_FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    guard_field = forms.ChoiceField(
        label="Only when", required=False, choices=[("", "Always"), *GUARDED_FIELDS.items()]
    )
    guard_operator = forms.ChoiceField(
        label="Comparison", required=False, choices=[("", "none"), *GuardOperator.choices]
    )
    guard_values = forms.CharField(label="With", required=False, max_length=500, help_text="Keys, separated by commas.")

    def clean_guard_values(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["guard_values"].split(",") if part.strip()]


class NewTransitionForm(TransitionForm):
    from_status = forms.ModelChoiceField(label="From", queryset=Status.objects.none(), empty_label=None)
    to_status = forms.ModelChoiceField(label="To", queryset=Status.objects.none(), empty_label=None)
    field_order = ["from_status", "to_status"]

    def __init__(self, *args: Any, statuses: QuerySet[Status], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("from_status", "to_status"):
            self.fields[name].queryset = statuses  # type: ignore[attr-defined]


def of_tenant(kind: Any, request: MemberRequest) -> QuerySet[Any]:
    return kind.objects.filter(tenant_id=request.member.tenant_id)


def one(kind: Any, request: MemberRequest, pk: UUID) -> Any:
    found = of_tenant(kind, request).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such record.")
    return found


def show_form(request: MemberRequest, heading: str, form: forms.Form, back: str, **context: Any) -> HttpResponse:
    context |= {"heading": heading, "form": form, "back_href": reverse(back)}
    return render(request, "settings/form.html", context, status=status_of(form))


def posted(request: MemberRequest) -> Any:
    return request.POST if request.method == "POST" else None


def by(request: MemberRequest) -> Any:
    return request.member


@page("settings.manage")
def workflow(request: MemberRequest) -> HttpResponse:
    statuses = list(of_tenant(Status, request))
    edges = list(of_tenant(Transition, request))
    names = {status.pk: status for status in statuses}
    for edge in edges:
        edge.from_status, edge.to_status = names[edge.from_status_id], names[edge.to_status_id]
        edge.asks = ", ".join(asks(edge))
    edges.sort(key=lambda edge: (edge.from_status.position, edge.to_status.position))
    for status in statuses:
        status.next = [edge.to_status.name for edge in edges if edge.from_status_id == status.pk]
    context = {
        "heading": "Workflow",
        "lede": "Rename statuses, add finer ones, and say which may follow which.",
        "statuses": statuses,
        "transitions": edges,
    }
    return render(request, "settings/workflow.html", context)


def asks(edge: Transition) -> list[str]:
    found = ["a reason"] if edge.requires_reason else []
    found += [GUARDED_FIELDS.get(name, name).lower() for name in edge.required_fields]
    if edge.guard_field:
        values = " or ".join(edge.guard_values)
        operator = GuardOperator(edge.guard_operator).label
        found.append(
            f"only when {GUARDED_FIELDS.get(edge.guard_field, edge.guard_field).lower()} {operator} {values}".strip()
        )
    return found


@page("settings.manage")
def status_add(request: MemberRequest) -> HttpResponse:
    form = NewStatusForm(posted(request))
    if form.is_bound and submit(form, lambda data: actions.add_entry(Status, by=by(request), **data)):
        toasts.say(request, f"{form.cleaned_data['name']}: added. Say next which statuses lead to it.")
        return redirect("workorders:workflow")
    return show_form(request, "Add a status", form, "workorders:workflow", button="Add")


KINDS = {"statuses": Status, "priorities": Priority, "types": Type}


@page("settings.manage")
@require_POST
def entry_remove(request: MemberRequest, kind: str, pk: UUID) -> HttpResponse:
    if kind not in KINDS:
        raise NotFound("There is no such record.")
    entry = one(KINDS[kind], request, pk)
    actions.delete_entry(entry, by=by(request))
    toasts.say(request, f"{entry.name} is removed.")
    return redirect("workorders:workflow" if kind == "statuses" else "workorders:catalogue")


def edit_entry(request: MemberRequest, entry: Any, form: forms.Form, back: str, **context: Any) -> HttpResponse:
    if form.is_bound and submit(form, lambda data: actions.update_entry(entry, by=by(request), changes=data)):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect(back)
    kind = next(key for key, model in KINDS.items() if isinstance(entry, model))
    remove = {
        "remove_href": reverse("workorders:entry_remove", args=[kind, entry.pk]),
        "remove_label": "Remove",
        "remove_help": "Only when no work order ever used it; otherwise take it out of use above.",
    }
    return show_form(request, entry.name, form, back, **context, **({} if entry.is_default else remove))


def initial(entry: Any, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in form.base_fields if hasattr(entry, name)}


@page("settings.manage")
def status(request: MemberRequest, pk: UUID) -> HttpResponse:
    entry = one(Status, request, pk)
    form = EntryForm(posted(request), initial=initial(entry, EntryForm))
    lede = f"Means “{entry.get_meaning_display()}”. The default is where acts of this meaning lead."
    return edit_entry(request, entry, form, "workorders:workflow", lede=lede)


@page("settings.manage")
def transition_add(request: MemberRequest) -> HttpResponse:
    form = NewTransitionForm(posted(request), statuses=of_tenant(Status, request))
    if form.is_bound and submit(form, lambda data: actions.save_transition(by=by(request), **data)):
        toasts.say(request, "The transition is there.")
        return redirect("workorders:workflow")
    return show_form(request, "Add a transition", form, "workorders:workflow", button="Add")


@page("settings.manage")
def transition(request: MemberRequest, pk: UUID) -> HttpResponse:
    edge = one(Transition, request, pk)
    start, end = one(Status, request, edge.from_status_id), one(Status, request, edge.to_status_id)
    values = initial(edge, TransitionForm) | {"guard_values": ", ".join(edge.guard_values)}
    form = TransitionForm(posted(request), initial=values)
    if form.is_bound and submit(
        form, lambda data: actions.save_transition(by=by(request), from_status=start, to_status=end, **data)
    ):
        toasts.say(request, f"{start.name} → {end.name}: saved.")
        return redirect("workorders:workflow")
    return show_form(
        request,
        f"{start.name} → {end.name}",
        form,
        "workorders:workflow",
        remove_href=reverse("workorders:transition_remove", args=[pk]),
        remove_label="Remove the transition",
        remove_help="Work stays where it is; it can no longer go this way.",
    )


@page("settings.manage")
@require_POST
def transition_remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    actions.delete_transition(one(Transition, request, pk), by=by(request))
    toasts.say(request, "The transition is removed.")
    return redirect("workorders:workflow")


@page("settings.manage")
def catalogue_page(request: MemberRequest) -> HttpResponse:
    context = {
        "heading": "Priorities and types",
        "priorities": of_tenant(Priority, request),
        "types": of_tenant(Type, request),
    }
    return render(request, "settings/catalogue.html", context)


def add_or_edit(
    request: MemberRequest, kind: Any, form_class: type[forms.Form], pk: UUID | None, noun: str
) -> HttpResponse:
    back = "workorders:catalogue"
    if pk is not None:
        entry = one(kind, request, pk)
        return edit_entry(request, entry, form_class(posted(request), initial=initial(entry, form_class)), back)
    form = form_class(posted(request))
    if form.is_bound and submit(form, lambda data: actions.add_entry(kind, by=by(request), **data)):
        toasts.say(request, f"{form.cleaned_data['name']}: added.")
        return redirect(back)
    return show_form(request, f"Add a {noun}", form, back, button="Add")


@page("settings.manage")
def priority(request: MemberRequest, pk: UUID | None = None) -> HttpResponse:
    return add_or_edit(request, Priority, PriorityForm, pk, "priority")


@page("settings.manage")
def type_(request: MemberRequest, pk: UUID | None = None) -> HttpResponse:
    return add_or_edit(request, Type, EntryForm, pk, "type")
