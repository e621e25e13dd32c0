from __future__ import annotations

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "assets"
    verbose_name = "Assets"

    def ready(self) -> None:
        from assets.media import GALLERY
        from media import belonging

        belonging.register(GALLERY.place())
