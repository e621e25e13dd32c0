"""The one translation of refusals: to a page or fragment for browsers, to JSON for the API. Nothing else catches them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import errors

log = structlog.get_logger("millwright.refusals")
PAGE_STATUS: dict[type[errors.DomainError], int] = {
    errors.NotFound: 404,
    errors.PermissionDenied: 403,
    errors.Invalid: 422,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.UnsupportedType: 415,
}
# Refusals whose reason the API tells beside its headline.
REASONED = (errors.Conflict, errors.TooLarge, errors.UnsupportedType)
API_STATUS = PAGE_STATUS | {errors.Invalid: 400}


def status_of(error: errors.DomainError, table: Mapping[type[errors.DomainError], int]) -> int:
    return next((status for kind, status in table.items() if isinstance(error, kind)), 409)


def api_body(error: errors.DomainError) -> dict[str, Any]:
    """The contract's error shapes (docs: api.md, Errors)."""
    if isinstance(error, errors.Invalid):
        return {"error": error.headline, "details": error.details}
    body: dict[str, Any] = {"error": error.headline}
    if isinstance(error, REASONED) or type(error) is errors.DomainError:
        body |= {"reason": error.message, "code": error.code}
    if error.field and "field" not in error.extra:
        body["field"] = error.field
    return body | error.extra


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Anything it does not know becomes a logged 500 without detail."""
    set_rollback()
    headline = getattr(context.get("view"), "invalid_headline", "Invalid data")
    if isinstance(exc, ValidationError):
        exc = errors.Invalid(validation_details(exc), headline=headline)
    if isinstance(exc, errors.DomainError):
        if isinstance(exc, errors.Invalid) and exc.headline == errors.Invalid.headline:
            exc.headline = headline
        if isinstance(exc, errors.PermissionDenied):
            log.warning("refused", permission=exc.permission)
        headers = {"ETag": f'"{exc.current_version}"'} if isinstance(exc, errors.Stale) else None
        return Response(api_body(exc), status=status_of(exc, API_STATUS), headers=headers)
    if isinstance(exc, exceptions.ValidationError):
        return Response({"error": headline, "details": flatten(exc.detail)}, status=400)
    if isinstance(exc, Http404 | exceptions.NotFound):
        return Response({"error": "Not found"}, status=404)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        body = {"error": "Authentication required"}
        if isinstance(exc, exceptions.AuthenticationFailed):
            body["reason"] = str(exc.detail)
        return Response(body, status=401, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(exc, exceptions.PermissionDenied | DjangoPermissionDenied):
        return Response({"error": "Permission denied", "reason": str(exc) or "Not allowed."}, status=403)
    if isinstance(exc, exceptions.Throttled):
        wait = int(getattr(exc, "wait", None) or 1)
        return Response({"error": "Too many requests"}, status=429, headers={"Retry-After": str(max(wait, 1))})
    if isinstance(exc, exceptions.ParseError):
        return Response({"error": headline, "details": {"": str(exc.detail)}}, status=400)
    if isinstance(exc, RequestDataTooBig):
        return Response({"error": "The request is too large"}, status=413)
    if isinstance(exc, SuspiciousOperation):
        return Response({"error": "Bad request"}, status=400)
    if isinstance(exc, exceptions.APIException):
        return Response({"error": str(exc.detail)}, status=exc.status_code)
    known = database_refusal(exc)
    if known is not None:
        return Response(api_body(known), status=status_of(known, API_STATUS))
    return None


def database_refusal(exc: Exception) -> errors.DomainError | None:
    """A constraint that caught what the code let through (a race, mostly): a sentence instead of a 500."""
    state = getattr(getattr(exc, "__cause__", None), "sqlstate", None)
    if isinstance(exc, IntegrityError):
        name = getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") or ""
        log.warning("constraint", constraint=name, sqlstate=state)
        if state == "23505":
            return errors.Conflict(
                "Another record has this value already.", code="duplicate", extra={"constraint": name}
            )
        if state == "23503":
            return errors.Invalid({"": "Something this refers to does not exist."})
        return errors.Conflict("The data would contradict itself.", code="constraint", extra={"constraint": name})
    if isinstance(exc, DataError):
        return errors.Invalid({"": "A value is out of the range that can be stored."})
    if isinstance(exc, OperationalError) and state in {"40001", "40P01"}:
        return errors.Conflict("Somebody changed the same records at the same moment. Try again.", code="deadlock")
    return None


def validation_details(exc: ValidationError) -> dict[str, str]:
    if hasattr(exc, "error_dict"):
        return {"" if name == "__all__" else name: " ".join(messages) for name, messages in exc.message_dict.items()}
    return {"": " ".join(exc.messages)}


def flatten(detail: Any, path: str = "") -> dict[str, str]:
    """DRF's nested details as `tasks[1].estimatedTime` → one sentence."""
    if isinstance(detail, Mapping):
        result: dict[str, str] = {}
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            result |= flatten(inner, f"{path}.{step}".strip(".") if step else path)
        return result
    if isinstance(detail, list) and any(isinstance(inner, Mapping | list) for inner in detail):
        result = {}
        for index, inner in enumerate(detail):
            if inner:
                result |= flatten(inner, f"{path}[{index}]")
        return result
    if isinstance(detail, list):
        return {path: " ".join(str(inner) for inner in detail)}
    return {path: str(detail)}


class DomainErrorMiddleware:
    """Turns a refusal that a page raised into a page (or fragment) with the sentence and the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and not request.path.startswith("/api/"):
            # Somebody opened the address of a button, by reloading or from their history: no empty page for them.
            error = errors.DomainError("It only takes what a form sends.", headline="There is no page at this address")
            page = render(request, "refused.html", {"error": error, "status": 405}, status=405)
            page.headers["Allow"] = response.headers.get("Allow", "POST")
            return page
        return response

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if isinstance(exc, ValidationError):
            exc = errors.Invalid(validation_details(exc))
        error = exc if isinstance(exc, errors.DomainError) else database_refusal(exc)
        if error is None:
            return None
        if isinstance(error, errors.PermissionDenied):
            log.warning("refused", permission=error.permission)
        return refusal_page(request, error)


def refusal_page(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    status = status_of(error, PAGE_STATUS)
    if request.path.startswith("/api/"):
        return JsonResponse(api_body(error), status=status_of(error, API_STATUS))
    template = "404.html" if status == 404 else "403.html" if status == 403 else "refused.html"
    return render(request, template, {"error": error, "status": status}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": "Permission denied", "reason": "CSRF token missing or wrong."}, status=403)
    error = errors.PermissionDenied(
        "csrf", "This form is too old or came from another site. Go back, reload, send it again."
    )
    return render(request, "403.html", {"error": error, "status": 403}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": "Not found"}, status=404)
    return render(request, "404.html", {"status": 404}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": "Something went wrong on our side"}, status=500)
    return render(request, "500.html", {"status": 500, "home": reverse("home")}, status=500)
