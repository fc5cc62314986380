"""Reads settings from the environment: `NAME`, or `NAME_FILE` naming a file that holds the value (a mounted secret)."""

import json
import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent


def load_running_stack() -> None:
    """Take over what `make up` wrote to var/up.env, so that manage.py in a second shell talks to the same servers.

    The real environment always wins: nothing is read where it names a database. Nor is what a killed stack left behind.
    """
    path = BASE / "var" / "up.env"
    if {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys() or not path.exists() or not _runs(path.parent):
        return
    for line in path.read_text().splitlines():
        name, found, value = line.partition("=")
        if found:
            os.environ.setdefault(name, value)


def _runs(folder: Path) -> bool:
    """Whether the process that wrote up.json still lives."""
    try:
        os.kill(json.loads((folder / "up.json").read_text())["pid"], 0)
    except PermissionError:
        return True
    except (OSError, ValueError, KeyError):
        return False
    return True


def text(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def integer(name: str, default: int) -> int:
    return int(text(name) or default)


def flag(name: str, default: bool) -> bool:
    return text(name, str(default)).lower() in ("1", "true", "yes", "on")


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
