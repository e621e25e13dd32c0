"""Django as a plain WSGI application: what `config/asgi.py` runs in its threads, and what any WSGI server can run."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
