"""Pages of people: technicians and crews."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, page, status_of, submit
from labor import actions
from labor.forms import CrewForm, NewTechnicianForm, TechnicianForm
from labor.models import Crew, CrewMembership, Technician
from tenancy.models import Member
from tenancy.permissions import may


@page("people.view")
def people(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    technicians = list(Technician.objects.visible_to(member).by_name())
    crews = list(Crew.objects.visible_to(member).filter(is_active=True).order_by("name"))
    names = {person.pk: person.member.name for person in technicians}
    members: dict[UUID, list[str]] = {}
    of_person: dict[UUID, list[str]] = {}
    titles = {crew.pk: crew.name for crew in crews}
    for crew_id, person_id in CrewMembership.objects.filter(crew__in=titles).values_list("crew_id", "technician_id"):
        members.setdefault(crew_id, []).append(names.get(person_id, ""))
        of_person.setdefault(person_id, []).append(titles[crew_id])
    edits = may(member, "people.edit")
    context = {
        "rates": may(member, "people.rates"),
        "add_technician_href": reverse("labor:technician_add") if edits else "",
        "add_crew_href": reverse("labor:crew_add") if edits else "",
        "technicians": [
            {
                "name": person.member.name,
                "href": reverse("labor:technician", args=[person.pk]) if edits else "",
                "trade": person.trade,
                "crews": ", ".join(sorted(of_person.get(person.pk, []))),
                "rate": f"{person.hourly_rate} {member.tenant.currency}" if person.hourly_rate else "",
                "is_active": person.is_active and person.member.is_active,
            }
            for person in technicians
        ],
        "crews": [
            {
                "name": crew.name,
                "href": reverse("labor:crew", args=[crew.pk]) if edits else "",
                "lead": names.get(crew.lead_id, "") if crew.lead_id else "",
                "members": sorted(members.get(crew.pk, [])),
            }
            for crew in crews
        ],
    }
    return render(request, "labor/people.html", context)


def show_form(request: MemberRequest, heading: str, form: Any) -> HttpResponse:
    context = {"heading": heading, "form": form, "back_href": reverse("labor:people")}
    return render(request, "assets/form.html", context, status=status_of(form))


def posted(request: MemberRequest) -> Any:
    return request.POST if request.method == "POST" else None


@page("people.edit")
def technician_add(request: MemberRequest) -> HttpResponse:
    by: Member = request.member
    form = NewTechnicianForm(posted(request), by=by)
    if form.is_bound and submit(form, lambda data: actions.make_technician(data["member"], by=by, trade=data["trade"])):
        toasts.say(request, f"{form.cleaned_data['member']} can be assigned work.")
        return redirect("labor:people")
    return show_form(request, "Add a technician", form)


@page("people.edit")
def technician(request: MemberRequest, pk: UUID) -> HttpResponse:
    by: Member = request.member
    person = Technician.objects.visible_to(by).select_related("member").filter(pk=pk).first()
    if person is None:
        raise NotFound("There is no such technician.")
    initial = {name: getattr(person, name) for name in ("trade", "employee_number", "hourly_rate", "is_active")}
    form = TechnicianForm(posted(request), rates=may(by, "people.rates"), initial=initial)
    if form.is_bound and submit(form, lambda data: actions.update_technician(person, by=by, changes=data)):
        toasts.say(request, f"{person.member.name}: saved.")
        return redirect("labor:people")
    return show_form(request, person.member.name, form)


@page("people.edit")
def crew_add(request: MemberRequest) -> HttpResponse:
    by: Member = request.member
    form = CrewForm(posted(request), by=by)
    if form.is_bound and submit(form, lambda data: actions.save_crew(by=by, **data)):
        toasts.say(request, f"{form.cleaned_data['name']} is there.")
        return redirect("labor:people")
    return show_form(request, "Add a crew", form)


@page("people.edit")
def crew(request: MemberRequest, pk: UUID) -> HttpResponse:
    by: Member = request.member
    found = Crew.objects.visible_to(by).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such crew.")
    initial = {
        "name": found.name,
        "lead": found.lead_id,
        "is_active": found.is_active,
        "technicians": list(found.memberships.values_list("technician_id", flat=True)),
    }
    form = CrewForm(posted(request), by=by, initial=initial)
    if form.is_bound and submit(form, lambda data: actions.save_crew(by=by, crew=found, **data)):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("labor:people")
    return show_form(request, found.name, form)
