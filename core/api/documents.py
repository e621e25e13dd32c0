"""The documents of the API: the OpenAPI description and a page to read and try it, without anybody else's scripts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from core.api.views import Answer, Endpoint

METHODS = ("get", "post", "put", "patch", "delete")
SAMPLES = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "object": {}}
FORMATS = {
    "uuid": "01931b6e-5a7c-7d3a-9c58-2f4b8a1e6d70",
    "date-time": "2026-11-20T08:00:00Z",
    "date": "2026-11-20",
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of all routes; made once per process."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@lru_cache(maxsize=1)
def document_bytes() -> bytes:
    return orjson.dumps(document(), default=str)


class SchemaDocument(Endpoint):
    """The description of this API in OpenAPI 3.1."""

    authentication_classes = ()
    permission_classes = ()
    noun = "Schema"
    answers = {"GET": Answer(None)}
    permissions = {"GET": None}

    def get(self, request: Request) -> HttpResponseBase:
        """This document."""
        kind = "application/vnd.oai.openapi+json"
        asked = request.headers.get("Accept", "")
        return HttpResponse(document_bytes(), content_type=kind if kind in asked else "application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """A page that lists every operation, with a form to try it as the person signed in or with a key."""
    return render(request, "api_docs.html", {"groups": groups()})


@lru_cache(maxsize=1)
def groups() -> list[dict[str, Any]]:
    """The operations by the first word of their path, as the page shows them."""
    spec = document()
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in spec["paths"].items():
        for method in METHODS:
            if method in operations:
                tag = operations[method]["tags"][0]
                found.setdefault(tag, []).append(operation(spec, path, method, operations[method]))
    return [{"name": tag, "operations": listed} for tag, listed in found.items()]


def operation(spec: dict[str, Any], path: str, method: str, given: dict[str, Any]) -> dict[str, Any]:
    content = given.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = sample(spec, content["schema"]) if content else None
    return {
        "id": given["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": given.get("summary", ""),
        "description": given.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "required": one.get("required", False),
                "text": one.get("description", ""),
            }
            for one in given.get("parameters", [])
        ],
        "body": pretty(body) if content else "",
        "answers": [
            {"status": status, "text": one.get("description", ""), "sample": answer_sample(spec, status, one)}
            for status, one in given["responses"].items()
        ],
    }


def answer_sample(spec: dict[str, Any], status: str, one: dict[str, Any]) -> str:
    content = one.get("content", {}).get("application/json", {})
    if not content:
        return ""
    examples = content.get("examples", {})
    if examples:
        return pretty(next(iter(examples.values()))["value"])
    return pretty(sample(spec, content["schema"]))


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def sample(spec: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """A plausible value of a schema."""
    if "$ref" in schema:
        return sample(spec, spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth + 1)
    for name in ("allOf", "oneOf", "anyOf"):
        if schema.get(name):
            return sample(spec, schema[name][0], depth + 1)
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "array":
        return [] if schema.get("maxItems") == 0 or depth > 6 else [sample(spec, schema.get("items", {}), depth + 1)]
    if kind == "object" and "properties" in schema:
        return {name: sample(spec, one, depth + 1) for name, one in schema["properties"].items()}
    return FORMATS.get(schema.get("format", ""), SAMPLES.get(kind))
