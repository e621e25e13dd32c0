from __future__ import annotations

from django.apps import AppConfig


class LaborConfig(AppConfig):
    name = "labor"

    def ready(self) -> None:
        from labor import actions
        from tenancy import provisioning

        provisioning.register_welcome(actions.welcome)
