#!/usr/bin/env python
"""Django's command line. Without an activated environment it continues in the project's own .venv."""

import os
import sys
from pathlib import Path

VENV_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medbridge.config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        if not VENV_PYTHON.exists() or Path(sys.executable) == VENV_PYTHON:
            raise
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
