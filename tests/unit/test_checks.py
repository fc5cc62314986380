"""`manage.py check --deploy` refuses what is safe on a laptop only."""

import os
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from medbridge.checks import deployment

SAFE_KEY = "Zx8#qLm2Vw9!rTk5Yb7@nHc4Jd6$gFs3Pa1^eUo0Wi-RtQyMbXvKpLz"


@pytest.fixture(autouse=True)
def safe(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.DEVELOPMENT = False
    settings.SECRET_KEY = SAFE_KEY
    settings.ALLOWED_HOSTS = ["medbridge.example"]
    settings.LOG_KEY_FILE = tmp_path / "log.pem"
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"])
    monkeypatch.setenv("REDIS_URL", os.environ["REDIS_URL"])


def found() -> set[str | None]:
    return {message.id for message in deployment(None)}


def test_a_safe_deployment_passes() -> None:
    assert found() == set()


def test_development_mode_is_refused(settings: Settings) -> None:
    settings.DEVELOPMENT = True
    assert found() == {"medbridge.E001"}


@pytest.mark.parametrize("key", ["", "development-only-not-a-secret", "short", "a" * 60, "django-insecure-" + SAFE_KEY])
def test_a_missing_default_or_weak_secret_is_refused(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    assert found() == {"medbridge.E002"}


@pytest.mark.parametrize("hosts", [[], ["*"]])
def test_no_host_or_any_host_is_refused(settings: Settings, hosts: list[str]) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert found() == {"medbridge.E003"}


def test_no_database_url_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert found() == {"medbridge.E004"}


def test_a_database_url_from_a_mounted_secret_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database_url")
    assert found() == set()


def test_a_remote_database_without_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.example")
    assert found() == {"medbridge.E005"}


def test_no_broker_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")
    assert found() == {"medbridge.W001"}


def test_a_signing_key_open_to_others_is_refused(settings: Settings) -> None:
    settings.LOG_KEY_FILE.write_text("key")
    settings.LOG_KEY_FILE.chmod(0o644)
    assert found() == {"medbridge.E006"}
