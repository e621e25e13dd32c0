"""`manage.py load_demo`: the two demo tenants out of the files in `demo/data`. Running it again changes nothing."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.load import load_north_pit, load_west_campus


class Command(BaseCommand):
    help = "Load the demo tenants North Pit and West Campus."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("ENVIRONMENT=production: demo data is refused; its passwords are public.")
        now = timezone.now()
        for name, load in (("North Pit", load_north_pit), ("West Campus", load_west_campus)):
            began = time.monotonic()
            report = load(now)
            self.stdout.write(f"{name}, {time.monotonic() - began:.1f} s")
            for line in report.lines():
                self.stdout.write(f"  {line}")
