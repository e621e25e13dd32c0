"""The base of every endpoint: strict input, conditional and repeatable writes, JSON written straight to the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import idempotency, pagination
from core.api import query
from core.api.negotiation import Negotiation
from core.api.renderers import dumps
from core.api.serializers import Body, Shape, read_body
from core.errors import Conflict, Invalid, NotFound, Stale


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answers, for the document of the API."""

    shape: type[serializers.BaseSerializer[Any]] | None
    status: int = 200
    many: bool = False


WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ETAG = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)')


def violated(exc: IntegrityError) -> str:
    """The constraint that refused."""
    return getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") or ""


class Endpoint(APIView):
    """One address. Handlers read input by `self.body` and `self.params`, call one action or queryset, and `answer`.

    `query` names the parameters of each method (nothing else is accepted), `permissions` the permission each method needs
    (checked by the actions; here for the document and the tests; "" is any member, None is anybody).
    """

    content_negotiation_class = Negotiation
    query: ClassVar[Mapping[str, Collection[str]]] = {}
    repeatable: ClassVar[Collection[str]] = ("fields",)
    permissions: ClassVar[Mapping[str, str | None]] = {}
    noun: ClassVar[str] = "Record"
    # Domain field → the name it has in this API, for the details of a refusal.
    names: ClassVar[Mapping[str, str]] = {}
    # For the document: bodies and answers by method, and the filters and sorts of a list.
    accepts: ClassVar[Mapping[str, type[Body]]] = {}
    answers: ClassVar[Mapping[str, Answer]] = {}
    filterset: ClassVar[Any] = None
    sorts: ClassVar[Mapping[str, pagination.Key]] = {}
    query_texts: ClassVar[Mapping[str, str]] = {}
    examples: ClassVar[Mapping[str, Sequence[Any]]] = {}
    # Methods that take the parts of a form with a file in it.
    multipart: ClassVar[Collection[str]] = ()
    # Off where the answer is a secret that must not be kept, or nobody is known yet.
    repeatable_writes: ClassVar[bool] = True

    @property
    def invalid_headline(self) -> str:
        return f"Invalid {self.noun.lower()} data"

    @property
    def member(self) -> Any:
        """The member who asks (see tenancy.authentication)."""
        return self.request._request.member  # type: ignore[attr-defined]

    @property
    def params(self) -> Any:
        return self.request._request.GET

    # --- The way of a request ---------------------------------------------------------------------------------------
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        request = self.initialize_request(request, *args, **kwargs)
        self.request = request
        self.headers = self.default_response_headers
        try:
            self.initial(request, *args, **kwargs)
            response = self.handle(request)
        except Exception as exc:  # DRF's own way: the handler answers what it knows and raises the rest again
            response = self.handle_exception(exc)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def handle(self, request: Request) -> Any:
        method = request.method or ""
        handler: Callable[..., Any] = self.http_method_not_allowed
        if method.lower() in self.http_method_names:
            handler = getattr(self, method.lower(), handler)
        if method != "OPTIONS":
            query.check(self.params, self.query.get("GET" if method == "HEAD" else method, ()), self.repeatable)
        key = request.headers.get(idempotency.HEADER)
        if key is not None and method in WRITES and self.repeatable_writes:
            return self.once(request, key, handler)
        return handler(request, **self.kwargs)

    def once(self, request: Request, key: str, handler: Callable[..., Any]) -> Any:
        asked = idempotency.call(
            tenant_id=self.member.tenant_id,
            caller=f"{self.member.pk}:{getattr(request.auth, 'key_id', 'session')}",
            key=key,
            method=request.method or "",
            path=request._request.get_full_path(),
            body=self.call_digest(request),
        )
        known = idempotency.recall(asked)
        if known is not None:
            headers = {**known.headers, idempotency.REPLAYED: "true"}
            return HttpResponse(known.body, status=known.status, headers=headers)
        response = handler(request, **self.kwargs)
        if response.status_code < 400:
            body = self.remembered(response.data if isinstance(response, Response) else response.content)
            idempotency.remember(
                asked,
                status=response.status_code,
                headers={"Content-Type": "application/json", **response.headers},
                body=body if isinstance(body, bytes) else dumps(body),
            )
        return response

    def call_digest(self, request: Request) -> bytes:
        """What tells this request from another with the same key and address."""
        return request._request.body

    def remembered(self, content: Any) -> Any:
        """What is kept of an answer to be replayed; an endpoint that answers a secret leaves it out."""
        return content

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, IntegrityError) and violated(exc).endswith("_pkey"):
            # The id may be another organisation's: told as if it were one's own.
            exc = self.id_used()
        if isinstance(exc, Invalid):
            exc.details = {self.told(path): sentence for path, sentence in exc.details.items()}
        response = super().handle_exception(exc)
        if isinstance(exc, idempotency.AnotherRequest):
            response.data = {"error": exc.headline, "reason": exc.message, "code": exc.code}
            response.status_code = 422
        elif isinstance(response.data, dict) and isinstance(response.data.get("field"), str):
            response.data["field"] = self.told(response.data["field"])
        return response

    def id_used(self) -> Conflict:
        noun = self.noun.lower()
        return Conflict(
            f"{'An' if noun[0] in 'aeiou' else 'A'} {noun} with this id exists already.",
            code="duplicate_id",
            headline=f"Cannot create {noun}",
        )

    def refuse_used_id(self, rows: QuerySet[Any], pk: UUID | None) -> None:
        if pk and rows.filter(pk=pk).exists():
            raise self.id_used()

    def told(self, path: str) -> str:
        """A domain's field path in the words of the API."""
        head, bracket, rest = path.partition("[")
        return self.names.get(head, head) + bracket + rest

    # --- Input ------------------------------------------------------------------------------------------------------
    def body(self, kind: type[Body], *, partial: bool = False, **context: Any) -> dict[str, Any]:
        """The JSON body by field of the domain; `Invalid` with every problem at once. `partial`: absent = unchanged."""
        return read_body(kind, self.request.data, partial=partial, context={"member": self.member, **context})

    def expected_version(self, current: int) -> int | None:
        """The version named by If-Match, for the action to compare under its lock; None when nothing is asked."""
        header = self.request.headers.get("If-Match")
        if header is None or header.strip() == "*":
            return None
        found = ETAG.findall(header)
        if not found or ETAG.sub("", header).strip():
            raise Invalid({"If-Match": 'Use a version in quotes, such as "7".'}, headline="Invalid header")
        # A weak tag never matches here (RFC 9110, 13.1.1), nor does a text that is no version of ours.
        versions = {
            int(text) for weak, text in found if not weak and text.isascii() and text.isdigit() and len(text) < 10
        }
        if current in versions or not versions:
            return current if versions else -1
        return max(versions)

    def require_version(self, current: int, *, headline: str = "") -> None:
        """For a row that is locked already."""
        expected = self.expected_version(current)
        if expected is not None and expected != current:
            raise Stale(current, headline=headline or f"{self.noun} has changed")

    def one(self, rows: QuerySet[Any], text: str, *, key: str = "id") -> Any:
        """The row of this id among those that may be seen; an id that is no UUID is unknown like any other."""
        pk: UUID | None = query.uuid_or_none(text)
        found = rows.filter(pk=pk).first() if pk else None
        if found is None:
            raise self.not_found(text, key=key)
        return found

    def not_found(self, text: str, *, key: str = "id") -> NotFound:
        return NotFound(
            f"There is no such {self.noun.lower()}.", headline=f"{self.noun} not found", extra={key: text[:100]}
        )

    # --- Output -----------------------------------------------------------------------------------------------------
    def answer(
        self, data: Any, *, status: int = 200, version: int | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpResponseBase:
        """JSON; with a `version` the ETag, and 304 for a reader who has it already."""
        out = dict(headers or {})
        if version is not None:
            out["ETag"] = f'"{version}"'
            if self.request.method in ("GET", "HEAD") and self.has_already(version):
                return HttpResponse(status=304, headers=out)
        if getattr(self.request.accepted_renderer, "format", "json") != "json":
            return Response(data, status=status, headers=out)
        content = data if isinstance(data, bytes) else dumps(data)
        return HttpResponse(content, status=status, headers=out, content_type="application/json")

    def has_already(self, version: int) -> bool:
        header = self.request.headers.get("If-None-Match", "")
        return header.strip() == "*" or any(text == str(version) for _, text in ETAG.findall(header))

    def listing(
        self,
        rows: QuerySet[Any],
        shape: type[Shape],
        *,
        sorts: Mapping[str, pagination.Key],
        default: str,
        context: Mapping[str, Any] | None = None,
    ) -> HttpResponseBase:
        """A page of a list as a bare array, read by `values_list`, with the link to the next page."""
        params = self.params
        window = pagination.window(params)
        keys = pagination.sort_keys(params.get("sort"), sorts, default)
        good_for = pagination.binding(type(self).__name__, self.member.tenant_id, pagination.filters_of(params))
        after = pagination.unseal(window.cursor, good_for) if window.cursor else None
        names = query.picked(params, shape.names())
        found = shape.read(rows, keys, after, window, context or {})
        items, last = found
        headers = {}
        if last is not None:
            headers["Link"] = self.next_link(pagination.seal(last, good_for))
        if window.count:
            headers["X-Total-Count"] = str(pagination.count(rows, window.count))
        if names is not None:
            items = [{name: item[name] for name in names} for item in items]
        return self.answer(items, headers=headers)

    def next_link(self, cursor: str) -> str:
        request = self.request._request
        where = f"{request.scheme}://{request.get_host()}{request.path}"
        return f'<{where}?{pagination.next_query(self.params, cursor)}>; rel="next"'
