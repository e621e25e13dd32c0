"""How allauth signs people in and up here: by invitation or with a new organisation, never by itself."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "cannot_remove_primary_email": "You cannot remove your primary e-mail address.",
        "duplicate_email": "This e-mail address is yours already.",
        "email_password_mismatch": "The e-mail address or the password is wrong.",
        "username_password_mismatch": "The user name or the password is wrong.",
        "email_taken": "Somebody else has this e-mail address.",
        "invalid_login": "The e-mail address, user name or password is wrong.",
        "max_email_addresses": "You cannot have more than %d e-mail addresses.",
        "too_many_login_attempts": "Too many failed attempts to sign in. Try again later.",
        "unverified_primary_email": "Confirm the e-mail address before you make it the primary one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """allauth's own sign-up page stays closed: `tenancy.views` signs up organisations and accepts invitations."""
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def build_absolute_uri(self, location: str) -> str:
        return settings.BASE_URL + location

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        # Links in mails are built from the configured address: a forged Host header must not reach a mailbox.
        for name in ("password_reset_url", "activate_url", "signup_url"):
            if name in context:
                path = "/" + str(context[name]).split("://", 1)[-1].partition("/")[2]
                context[name] = settings.BASE_URL + path
        super().send_mail(template_prefix, email, context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """A company sign-in connects to people who were invited; it makes no members of strangers."""
        return False
