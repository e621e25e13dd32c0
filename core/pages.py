"""What every page door shares: who may come in, in which time zone, and how a form's act is answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from core import errors

View = Callable[..., HttpResponse]


class MemberRequest(HttpRequest):
    """A request that a page door let in: a signed-in member of a tenant."""

    member: Any
    memberships: list[Any]
    htmx: Any


def page(*permissions: str) -> Callable[[View], View]:
    """A page for members who hold one of `permissions` (any member when none is named), in their tenant's time zone."""

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            member = getattr(request, "member", None)
            if member is None:
                return render(request, "no_tenant.html", status=403)
            if permissions and not member.permissions.intersection(permissions):
                raise errors.PermissionDenied(permissions[0])
            if request.POST.get("_tenant", member.tenant.slug) != member.tenant.slug:
                raise errors.Conflict(
                    f"This form belongs to another organisation; you are in {member.tenant.name} now. Nothing was saved.",
                    code="other_tenant",
                )
            with timezone.override(ZoneInfo(member.tenant.time_zone)):
                return view(request, *args, **kwargs)

        door.permissions = permissions  # type: ignore[attr-defined]
        return door

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """A fragment must not be replaced by the sign-in page: the whole page goes there. Back leads to a page, never to a button's address."""
    if request.headers.get("HX-Request") != "true":
        if request.method in ("GET", "HEAD"):
            return redirect_to_login(request.get_full_path())
        return redirect_to_login(urlsplit(request.headers.get("Referer", "")).path or "/")
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
    return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(here).url})


def fragment(request: HttpRequest, template: str, context: dict[str, Any], *, part: str = "rows") -> HttpResponse:
    """The page, or only its part `part` when htmx asked for just that: one view, one template, one context."""
    htmx: Any = getattr(request, "htmx", None)
    only = htmx and not htmx.history_restore_request and htmx.target == part
    response = render(request, f"{template}#{part}" if only else template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def go(request: HttpRequest, href: str) -> HttpResponse:
    """After an act: to the page that shows the result, from a plain form as from a dialog."""
    if getattr(request, "htmx", None):
        here = urlsplit(request.headers.get("HX-Current-URL", "")).path
        # To a place on the page that is open the browser only scrolls: it is told to load the page as well.
        again = {"HX-Refresh": "true"} if "#" in href and urlsplit(href).path == here else {}
        return HttpResponse(status=204, headers={"HX-Redirect": href, **again})
    return HttpResponseRedirect(href)


def submit(form: forms.BaseForm, act: Callable[[dict[str, Any]], Any], *, names: dict[str, str] | None = None) -> Any:
    """Run `act` on a sound form's data. A refusal becomes the form's own error and takes back whatever `act` (several acts,
    maybe) had written before it; the answer is then None.

    `names` maps a field path of the domain to the form's field where they differ.
    """
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return act(form.cleaned_data)
    except errors.Invalid as refused:
        for path, sentence in refused.details.items():
            name = (names or {}).get(path, path)
            form.add_error(name if name in form.fields else None, sentence)
    except (errors.Conflict, errors.Stale) as refused:
        name = (names or {}).get(refused.field, refused.field)
        form.add_error(name if name in form.fields else None, refused.message)
    return None


def status_of(form: forms.BaseForm | None) -> int:
    """422 for a page that shows a refused form, 200 for a fresh one."""
    return 422 if form is not None and form.is_bound and form.errors else 200


def version_of(request: HttpRequest) -> int | None:
    """The version of the record that the form was made from, when the form says so."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
