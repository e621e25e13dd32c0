"""Projects in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import pagination
from core.api.views import Answer, Endpoint
from core.pagination import Key
from projects import actions
from projects.filters import ProjectFilter
from projects.models import Project
from projects.serializers import NAMES, CreateProject, ProjectShape, UpdateProject
from tenancy.permissions import may


class ProjectEndpoint(Endpoint):
    noun = "Project"
    names = NAMES

    def rows(self) -> Any:
        return Project.objects.visible_to(self.member)

    def context(self) -> dict[str, Any]:
        return {"costs": may(self.member, "cost.view", "project.edit")}

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = ProjectShape.first(Project.objects.filter(pk=pk).with_figures(), **self.context())
        assert shape is not None
        headers = {"Location": f"/api/v1/projects/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Projects(ProjectEndpoint):
    """Projects that the caller may see: all with `project.view`, else those one belongs to."""

    query = {"GET": (*ProjectFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*ProjectFilter.repeatable(), "fields")
    filterset = ProjectFilter
    sorts = {"code": Key("code"), "name": Key("name"), "createdAt": Key("created_at")}
    accepts = {"POST": CreateProject}
    answers = {"GET": Answer(ProjectShape, many=True), "POST": Answer(ProjectShape, 201)}
    permissions = {"GET": "", "POST": "project.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List projects with what they cost so far."""
        rows = ProjectFilter(self.params, self.rows(), member=self.member).rows().with_figures()
        return self.listing(rows, ProjectShape, sorts=self.sorts, default="code", context=self.context())

    def post(self, request: Request) -> HttpResponseBase:
        """Add a project."""
        data = self.body(CreateProject)
        self.refuse_used_id(Project.objects.all(), data.get("id"))
        return self.shown(actions.add_project(by=self.member, **data).pk, status=201)


class OneProject(ProjectEndpoint):
    """One project."""

    accepts = {"PUT": UpdateProject, "PATCH": UpdateProject}
    answers = {"GET": Answer(ProjectShape), "PUT": Answer(ProjectShape), "PATCH": Answer(ProjectShape)}
    permissions = {"GET": "", "PUT": "project.edit", "PATCH": "project.edit"}

    def get(self, request: Request, project_id: str) -> HttpResponseBase:
        """Get a project."""
        return self.shown(self.one(self.rows(), project_id, key="projectId").pk)

    def put(self, request: Request, project_id: str) -> HttpResponseBase:
        """Change a project. `status` ends it; completing takes that none of its work is open."""
        project = self.one(self.rows(), project_id, key="projectId")
        expected = self.expected_version(project.version)
        changes = self.body(UpdateProject, partial=True)
        actions.update_project(project, by=self.member, changes=changes, expected_version=expected)
        return self.shown(project.pk)

    def patch(self, request: Request, project_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, project_id)
