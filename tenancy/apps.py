from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "tenancy"
    verbose_name = "Organisations and people"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set

        from core import outbox
        from tenancy import actions, consumers

        outbox.register("invitation_mail", consumers.invitation_mail)

        def end_tokens(user: Any, **kwargs: Any) -> None:
            actions.end_tokens_of_user(user.pk)

        for signal in (password_changed, password_reset, password_set):
            signal.connect(end_tokens, weak=False, dispatch_uid="millwright.end_tokens")
