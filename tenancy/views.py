"""Coming in: sign up an organisation, join one by invitation, switch between one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import errors, navigation, toasts
from core.pages import MemberRequest, page, status_of, submit
from tenancy import access, actions
from tenancy.forms import JoinForm, SignUpForm

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@sensitive_post_parameters("password")
def signup(request: HttpRequest) -> HttpResponse:
    """A new organisation and its first administrator, in one page."""
    user: Any = request.user if request.user.is_authenticated else None
    form = SignUpForm(request.POST or None, signed_in=user is not None, initial={"name": str(user) if user else ""})
    member = submit(form, lambda data: actions.sign_up(user=user, **data)) if request.method == "POST" else None
    if member is None:
        return render(request, "tenancy/signup.html", {"form": form}, status=status_of(form))
    if user is None:
        login(request, member.user, backend=BACKEND)
    request.session["tenant"] = member.tenant.slug
    toasts.say(request, f"{member.tenant.name} is ready. Invite the people you work with, in Settings › Members.")
    return redirect("home")


@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the login one has, or by making one."""
    try:
        invitation = actions.find_invitation(token)
    except errors.NotFound:
        return render(request, "tenancy/invitation.html", {"invitation": None}, status=404)
    user: Any = request.user if request.user.is_authenticated else None
    form_class: type[forms.Form] = forms.Form if user else JoinForm
    form = form_class(request.POST if request.method == "POST" else None, initial={"name": invitation.name})
    member = (
        submit(form, lambda data: actions.accept_invitation(token, user=user, **data))
        if request.method == "POST"
        else None
    )
    if member is None:
        context = {
            "form": form,
            "invitation": invitation,
            "tenant_name": invitation.tenant.name,
            "role_name": invitation.role.name,
        }
        return render(request, "tenancy/invitation.html", context, status=status_of(form))
    if user is None:
        login(request, member.user, backend=BACKEND)
    request.session["tenant"] = invitation.tenant.slug
    toasts.say(request, f"Welcome to {invitation.tenant.name}.")
    return redirect("home")


@page()
@require_POST
def switch(request: MemberRequest) -> HttpResponse:
    """Work in another of one's organisations from now on."""
    member = access.choose(request.memberships, request.POST.get("tenant") or "-")
    if member is None:
        raise errors.NotFound("You are not a member there.")
    request.session["tenant"] = member.tenant.slug
    return redirect("home")


@page("settings.manage", "member.manage", "role.manage", "key.manage", "audit.view")
def settings(request: MemberRequest) -> HttpResponse:
    """The first settings page that this member may see."""
    links = navigation.settings_links(request.member.permissions)
    return redirect(links[0].href if links else reverse("home"))
