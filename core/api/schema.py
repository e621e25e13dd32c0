"""OpenAPI from the endpoints' own declarations: what each method takes, answers, needs, and how it refuses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from core import pagination
from core.api import filters

WRITES = ("POST", "PUT", "PATCH", "DELETE")
SAMPLE_ID = "01931b6e-5a7c-7d3a-9c58-2f4b8a1e6d70"


class InvalidAnswer(serializers.Serializer[Any]):
    """All problems at once: field path → one sentence."""

    error = serializers.CharField()
    details = serializers.DictField(child=serializers.CharField())


class Refusal(serializers.Serializer[Any]):
    """What went wrong; further keys say more, such as `workOrderId`, `permission` or `currentVersion`."""

    error = serializers.CharField()
    reason = serializers.CharField(required=False)
    code = serializers.CharField(required=False)
    field = serializers.CharField(required=False)
    permission = serializers.CharField(required=False)
    currentVersion = serializers.IntegerField(required=False)


# status → what it means, an example
REFUSALS: dict[int, tuple[str, dict[str, Any]]] = {
    401: ("Nobody is signed in, or the key is unknown, expired or revoked.", {"error": "Authentication required"}),
    403: (
        "Visible, but the caller lacks the permission that is named.",
        {"error": "Permission denied", "permission": "workorder.assign"},
    ),
    404: (
        "Does not exist, or may not be seen: the same to the caller.",
        {"error": "Work order not found", "workOrderId": SAMPLE_ID},
    ),
    409: (
        "Not possible in the present state.",
        {"error": "Cannot delete work order", "reason": "Work order is in progress", "code": "in_progress"},
    ),
    412: ("Somebody changed it since the caller read it.", {"error": "Work order has changed", "currentVersion": 7}),
    413: ("The body is larger than 2 MB.", {"error": "The request is too large"}),
    415: ("The body, or the file in it, is of a kind that is not taken.", {"error": "Unsupported media type"}),
    422: (
        "The idempotency key was used for another request.",
        {"error": "Idempotency key was used for another request", "code": "idempotency_key_reused"},
    ),
    429: ("Too many requests; `Retry-After` says when to come back.", {"error": "Too many requests"}),
    503: ("The database is away; nothing was saved.", {"error": "Service temporarily unavailable"}),
}
PAGING = {
    "limit": (int, f"At most this many, 1 to {pagination.MAX_LIMIT}."),
    "offset": (int, "Skip this many. For going through a long list follow the `Link` header instead."),
    "cursor": (str, "From the `Link` header: where the next page begins."),
    "count": (str, "Puts the number of all matches into `X-Total-Count`."),
    "sort": (str, "Fields, comma-separated; a leading `-` turns the order round."),
    "fields": (str, "Only these fields of each item, comma-separated."),
}


class Schema(AutoSchema):
    """Reads `accepts`, `answers`, `query`, `filterset` and `permissions` of `core.api.views.Endpoint`."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").partition("/")[0]]

    def get_operation_id(self) -> str:
        return f"{type(self.view).__name__}_{self.method.lower()}"

    def get_description(self) -> str:  # type: ignore[override]
        handler = getattr(self.view, self.method.lower(), None)
        text = "\n".join(line.strip() for line in (handler.__doc__ or "").strip().splitlines())
        needed = self.view.permissions.get(self.method)
        return f"{text}\n\nNeeds `{needed}`, or what the rows themselves grant." if needed else text

    def get_summary(self) -> str:
        return self.get_description().partition("\n")[0].rstrip(".")

    def get_request_serializer(self) -> Any:
        kind = self.view.accepts.get(self.method)
        return kind(partial=self.method in ("PUT", "PATCH")) if kind else None

    def map_parsers(self) -> list[str]:
        """What a body is sent as: JSON, or the parts of a form where a file comes with it."""
        return ["multipart/form-data" if self.method in self.view.multipart else "application/json"]

    def get_response_serializers(self) -> Any:
        answer = self.view.answers[self.method]
        shape = None
        if answer.shape is not None:
            shape = answer.shape(many=True) if answer.many else answer.shape()
        responses: dict[Any, Any] = {answer.status: OpenApiResponse(shape, description="As asked.")}
        responses[400] = OpenApiResponse(InvalidAnswer, description="The input is not sound.", examples=[example_400()])
        for status in sorted(self.refusals()):
            description, sample = REFUSALS[status]
            one = OpenApiExample(description, value=sample, status_codes=[str(status)])
            responses[status] = OpenApiResponse(Refusal, description=description, examples=[one])
        if self.conditional_read():
            responses[304] = OpenApiResponse(None, description="The caller has this version already.")
        return responses

    def refusals(self) -> set[int]:
        found = {429, 503}
        if self.view.permissions.get(self.method, "") is not None:
            found |= {401, 403}
        else:
            found |= {401, 403, 409}
        if "{" in self.path:
            found.add(404)
        # Not only writes: an address that does few at a time (exports) may be busy.
        found |= getattr(self.view, "also_refuses", set())
        if self.method in WRITES:
            found |= {409, 412, 413, 415, 422}
        return found

    def conditional_read(self) -> bool:
        return self.method == "GET" and "{" in self.path and self.path.endswith("}")

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = [self.path_parameter(name) for name in self.path_names()]
        names = list(self.view.query.get(self.method, ()))
        filterset = self.view.filterset.base_filters if self.view.filterset else {}
        found += [self.query_parameter(name, filterset.get(name)) for name in names]
        header: Any = OpenApiParameter.HEADER
        if self.method in WRITES and self.view.permissions.get(self.method, "") is not None:
            text = "The same key and body answer the same again for 24 hours; the act is done once."
            found.append(OpenApiParameter("Idempotency-Key", str, header, description=text))
        if self.method in WRITES and "{" in self.path:
            found.append(
                OpenApiParameter("If-Match", str, header, description='The version read before, such as `"7"`.')
            )
        if self.conditional_read():
            found.append(OpenApiParameter("If-None-Match", str, header, description="Answers 304 for this version."))
        return found

    def path_names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def path_parameter(self, name: str) -> OpenApiParameter:
        place: Any = OpenApiParameter.PATH
        return OpenApiParameter(name, str, place, description="Opaque id.")

    def query_parameter(self, name: str, one: Any) -> OpenApiParameter:
        place: Any = OpenApiParameter.QUERY
        if one is None:
            kind, text = PAGING.get(name, (str, self.view.query_texts.get(name, "")))
            values = ["exact", "estimate"] if name == "count" else None
            if name == "sort" and self.view.sorts:
                text += f" Known: {', '.join(self.view.sorts)}."
            return OpenApiParameter(name, kind, place, description=text, enum=values)
        if isinstance(one, filters.Flag):
            return OpenApiParameter(name, bool, place, description=one.label)
        if isinstance(one, filters.Instant):
            return OpenApiParameter(name, str, place, description=f"{one.label} (ISO 8601).")
        many = issubclass(one.field_class, filters.KeysField)
        text = f"{one.label}{'; repeat or separate by commas for any of them' if many else ''}."
        return OpenApiParameter(name, str, place, description=text)

    def get_examples(self) -> list[OpenApiExample]:
        return list(self.view.examples.get(self.method, ()))

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Shape")


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenancy.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API key, or the token that signing in answers."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "tenancy.authentication.MemberSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        text = "The browser's session; writes carry `X-CSRFToken`."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": text}


def example_400() -> OpenApiExample:
    details = {"scheduledDate": "Scheduled date cannot be in the past", "assignedTo": "Assigned technician must exist"}
    return OpenApiExample(
        "Two problems", value={"error": "Invalid work order data", "details": details}, status_codes=["400"]
    )
