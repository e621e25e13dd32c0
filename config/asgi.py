"""What the server runs: event streams natively, everything else as Django's WSGI application in threads.

uvicorn config.asgi:application --no-proxy-headers --no-access-log --no-server-header
"""

import gc

from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished
from django.urls import get_resolver

from config.wsgi import application as django
from core.live_reader import Cursor
from core.shell.bridge import Bridge
from core.shell.hub import Hub
from core.shell.router import Shell
from core.shell.sse import EventStream

from config.live import EventLog, Readers  # isort: skip  (needs the models that config.wsgi has loaded)

# Closing a Redis cache does nothing, and asking for it after each request costs a tenth of a small one.
request_finished.disconnect(close_caches)

pages = Bridge(
    django,
    threads=settings.WEB_THREADS,
    max_body=settings.MAX_BODY_BYTES,
    trusted_proxy=settings.TRUSTED_PROXY,
)
readers = Readers()
hub = Hub(EventLog(), readers, settings.REDIS_URL)
stream = EventStream(hub, pages.call, Cursor.parse, trusted_proxy=settings.TRUSTED_PROXY)


def close() -> None:
    pages.close()
    readers.close()


application = Shell(pages=pages, native={"/api/v1/events/stream": stream}, services=(hub,), on_close=close)

# What is imported by now lives as long as the process: the collector need not walk through it again and again, and what a
# request leaves is nearly all freed by counting. 5 % of the time of a request; views are imported first to be among it.
assert get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
