"""The WSGI application that granian serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medbridge.config.settings")
application = get_wsgi_application()

# Web processes only: a migration, or the sealing of a long queue, may take its time.
connections.settings["default"]["OPTIONS"].setdefault(
    "options", f"-c statement_timeout={settings.STATEMENT_TIMEOUT_MS}"
)
