"""`migrate` signs in as the owner of the tables; the application's role may not change them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == "owner" and "owner" not in settings.DATABASES:
            raise CommandError(
                "Set DATABASE_OWNER_URL: migrations run as the owner of the tables, not as the application."
            )
        super().handle(*args, **options)
