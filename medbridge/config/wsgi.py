"""The WSGI application that the web processes (medbridge.config.web) serve."""

import gc
import os

from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import connections, reset_queries

from medbridge.database import walled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medbridge.config.settings")
application = get_wsgi_application()

# Web processes only: a migration, or the sealing of a long queue, may take its time.
_options = connections.settings["default"]["OPTIONS"]
_options["options"] += f" -c statement_timeout={settings.STATEMENT_TIMEOUT_MS}"

# What a reader asks goes as a role that row-level security holds, over connections of its own.
if settings.READER_ROLE:
    walled.raise_wall(role=settings.READER_ROLE, user=settings.READER_USER, password=settings.READER_PASSWORD)

# What Django does around each request for a cache and a log of queries that are not there.
request_started.disconnect(reset_queries)
request_finished.disconnect(close_caches)

# What is loaded by now stays. A full collection, which walks all of it otherwise, stops every request for 40 ms.
gc.collect()
gc.freeze()
