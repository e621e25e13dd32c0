"""Technicians and crews in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination, writing
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from labor import actions
from labor.filters import TechnicianFilter
from labor.models import Crew, Technician
from labor.serializers import (
    CREW_NAMES,
    TECHNICIAN_NAMES,
    CreateTechnician,
    CrewBody,
    CrewShape,
    TechnicianBody,
    TechnicianShape,
)
from tenancy.permissions import may


class TechnicianEndpoint(Endpoint):
    noun = "Technician"
    names = TECHNICIAN_NAMES

    def rows(self) -> Any:
        return Technician.objects.visible_to(self.member)

    def context(self) -> dict[str, Any]:
        return {"rates": may(self.member, "people.rates")}

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = TechnicianShape.first(Technician.objects.filter(pk=pk), **self.context())
        assert shape is not None
        headers = {"Location": f"/api/v1/technicians/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Technicians(TechnicianEndpoint):
    """Those who do the work. Without `people.view` one finds only oneself."""

    query = {"GET": (*TechnicianFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*TechnicianFilter.repeatable(), "fields")
    filterset = TechnicianFilter
    sorts = {"name": Key("member__name"), "createdAt": Key("created_at")}
    accepts = {"POST": CreateTechnician}
    answers = {"GET": Answer(TechnicianShape, many=True), "POST": Answer(TechnicianShape, 201)}
    permissions = {"GET": "people.view", "POST": "people.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List technicians."""
        rows = TechnicianFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(rows, TechnicianShape, sorts=self.sorts, default="name", context=self.context())

    def post(self, request: Request) -> HttpResponseBase:
        """Give a member the technician's profile, so that work can be assigned to them."""
        data = self.body(CreateTechnician)
        technician = actions.make_technician(data.pop("member"), by=self.member, **data)
        return self.shown(technician.pk, status=201)


class OneTechnician(TechnicianEndpoint):
    accepts = {"PUT": TechnicianBody, "PATCH": TechnicianBody}
    answers = {
        "GET": Answer(TechnicianShape),
        "PUT": Answer(TechnicianShape),
        "PATCH": Answer(TechnicianShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "people.view", "PUT": "people.edit", "PATCH": "people.edit", "DELETE": "people.edit"}

    def get(self, request: Request, technician_id: str) -> HttpResponseBase:
        """Get a technician."""
        return self.shown(self.one(self.rows(), technician_id, key="technicianId").pk)

    def put(self, request: Request, technician_id: str) -> HttpResponseBase:
        """Change a technician's profile. The hourly rate takes `people.rates`."""
        technician = self.one(self.rows(), technician_id, key="technicianId")
        expected = self.expected_version(technician.version)
        changes = self.body(TechnicianBody, partial=True)
        actions.update_technician(technician, by=self.member, changes=changes, expected_version=expected)
        return self.shown(technician.pk)

    def patch(self, request: Request, technician_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, technician_id)

    def delete(self, request: Request, technician_id: str) -> HttpResponseBase:
        """Stop giving work to a technician. Their history stays."""
        technician = self.one(self.rows(), technician_id, key="technicianId")
        expected = self.expected_version(technician.version)
        actions.update_technician(technician, by=self.member, changes={"is_active": False}, expected_version=expected)
        return self.answer({"message": "Technician deactivated", "deletedAt": timezone.now()})


class CrewEndpoint(Endpoint):
    noun = "Crew"
    names = CREW_NAMES

    def rows(self) -> Any:
        return Crew.objects.visible_to(self.member)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = CrewShape.first(Crew.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/crews/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Crews(CrewEndpoint):
    """Technicians who are assigned work together."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name")}
    accepts = {"POST": CrewBody}
    answers = {"GET": Answer(CrewShape, many=True), "POST": Answer(CrewShape, 201)}
    permissions = {"GET": "people.view", "POST": "people.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List crews."""
        return self.listing(self.rows(), CrewShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Make a crew."""
        data = {"technicians": [], **self.body(CrewBody)}
        return self.shown(actions.save_crew(by=self.member, **data).pk, status=201)


class OneCrew(CrewEndpoint):
    accepts = {"PUT": CrewBody, "PATCH": CrewBody}
    answers = {
        "GET": Answer(CrewShape),
        "PUT": Answer(CrewShape),
        "PATCH": Answer(CrewShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "people.view", "PUT": "people.edit", "PATCH": "people.edit", "DELETE": "people.edit"}

    def get(self, request: Request, crew_id: str) -> HttpResponseBase:
        """Get a crew."""
        return self.shown(self.one(self.rows(), crew_id, key="crewId").pk)

    def put(self, request: Request, crew_id: str) -> HttpResponseBase:
        """Change a crew. `technicianIds` replaces its people."""
        crew = self.one(self.rows(), crew_id, key="crewId")
        self.save(crew, self.body(CrewBody, partial=True))
        return self.shown(crew.pk)

    def patch(self, request: Request, crew_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, crew_id)

    def delete(self, request: Request, crew_id: str) -> HttpResponseBase:
        """Stop giving work to a crew. Its history stays."""
        self.save(self.one(self.rows(), crew_id, key="crewId"), {"is_active": False})
        return self.answer({"message": "Crew deactivated", "deletedAt": timezone.now()})

    def save(self, crew: Crew, changes: dict[str, Any]) -> None:
        """The action takes the whole crew; what the body does not name is what the locked row says."""
        crew = writing.lock(crew)
        self.require_version(crew.version)
        people = list(Technician.objects.filter(crew_memberships__crew=crew).select_related("member"))
        whole = {"name": crew.name, "lead": crew.lead, "is_active": crew.is_active, "technicians": people} | changes
        actions.save_crew(by=self.member, crew=crew, **whole)
