"""Proving once more who one is, for a signature: the password of the signed-in user, a limited number of times."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest

from core.errors import Invalid
from tenancy.models import User


def require_password(request: HttpRequest, password: str) -> None:
    """Raises `Invalid` when it is wrong, or was wrong too often within a minute."""
    user = request.user
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise Invalid({"password": "Too many attempts. Wait a minute and try again."})
    # Read anew: who comes with a key was looked up without their password.
    found = User.objects.filter(pk=user.pk).first() if user.is_authenticated else None
    if found is None or not found.check_password(password):
        raise Invalid({"password": "This is not your password."})
