"""What `manage.py check --deploy` refuses. Each message says which environment variable to set, and to what.

docs/settings.md lists them all. What concerns chains and the log is in anchoring/checks.py.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from medbridge.consent.sensitivity import BadTable, load

SECRET_LENGTH = 50  # characters; what Django's own startproject generates
SECRET_DISTINCT = 10  # "aaaa..." is long and no secret
PRIVATE_MODE = 0o077  # a key that its group or others may touch
PLAIN_WITHOUT_NETWORK = ("", "localhost", "127.0.0.1", "::1")  # hosts that the password does not leave this machine for


def deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_mode(), *_secret_key(), *_hosts(), *_database(), *_broker(), *_log_key(), *_label_table()]


def _label_table() -> Iterator[CheckMessage]:
    try:
        load(settings.LABEL_TABLE)
    except BadTable as error:
        yield Error(str(error), hint="Correct the file, or unset LABEL_TABLE.", id="medbridge.E007")


def _mode() -> Iterator[CheckMessage]:
    if settings.DEVELOPMENT:
        yield Error(
            "MEDBRIDGE_MODE is development: anyone may sign in as anyone and print tokens.",
            hint="Unset MEDBRIDGE_MODE, or set it to production.",
            id="medbridge.E001",
        )


def _secret_key() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's way of saying that it is empty
        key = ""
    weak = len(key) < SECRET_LENGTH or len(set(key)) < SECRET_DISTINCT
    if weak or key.startswith(("development-only", "django-insecure")):
        yield Error(
            "SECRET_KEY is missing, a default, or too weak: whoever guesses it signs sessions as anyone.",
            hint=f"SECRET_KEY or SECRET_KEY_FILE: {SECRET_LENGTH} or more random characters (openssl rand -base64 48).",
            id="medbridge.E002",
        )


def _hosts() -> Iterator[CheckMessage]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is empty or *: without names nothing is served, with * a forged Host header is believed.",
            hint="Set ALLOWED_HOSTS to the names that MedBridge is reached by, separated by commas.",
            id="medbridge.E003",
        )


def _database() -> Iterator[CheckMessage]:
    if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
        yield Error(
            "DATABASE_URL is not set.",
            hint="Set DATABASE_URL or DATABASE_URL_FILE: postgresql://user:password@host:5432/medbridge?sslmode=verify-full",
            id="medbridge.E004",
        )
        return
    database = connection.settings_dict
    local = database["HOST"] in PLAIN_WITHOUT_NETWORK or database["HOST"].startswith("/")
    if not local and not database["PASSWORD"] and "sslcert" not in database["OPTIONS"]:
        yield Error(
            "DATABASE_URL has neither a password nor a client certificate, and the server is on another machine.",
            hint="postgresql://user:password@host/medbridge, or ?sslcert=...&sslkey=...",
            id="medbridge.E005",
        )


def _broker() -> Iterator[CheckMessage]:
    if not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")):
        yield Warning(
            "REDIS_URL is not set: the worker and beat will look for Redis on this machine.",
            hint="Set REDIS_URL or REDIS_URL_FILE: redis://:password@host:6379/0",
            id="medbridge.W001",
        )


def _log_key() -> Iterator[CheckMessage]:
    path = Path(settings.LOG_KEY_FILE)
    if path.exists() and path.stat().st_mode & PRIVATE_MODE:
        yield Error(
            f"The log's signing key {path} can be read by others: they could sign a second history.",
            hint=f"chmod 600 {path}",
            id="medbridge.E006",
        )
