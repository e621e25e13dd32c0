from __future__ import annotations

from django.apps import AppConfig


class WorkordersConfig(AppConfig):
    name = "workorders"
    verbose_name = "Work orders"

    def ready(self) -> None:
        from core import context_processors, outbox
        from media import belonging
        from tenancy import provisioning
        from workorders import clock, consumers, media_place, shipped

        provisioning.register(shipped.install)
        outbox.register("assignment_mail", consumers.assignment_mail)
        belonging.register(media_place.PLACE)
        context_processors.HEADER.append(clock.header)
