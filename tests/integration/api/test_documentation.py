"""docs/fhir.md: each example answers with the status that it says, over HTTP."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from medbridge.actions.issue_token import issue_token
from medbridge.actions.load_accounts import load_accounts
from tests import build

PAGE = Path(__file__).resolve().parents[3] / "docs" / "fhir.md"
EXAMPLE = re.compile(r"^(curl .*?)  # (\d{3})$", re.MULTILINE)

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="NOT RUN: there is no curl on this machine")


@needs_curl
@pytest.mark.django_db(transaction=True)
def test_the_examples_answer_as_documented(live_server: Any) -> None:
    load_accounts(at=timezone.now(), content=build.raw(build.ACCOUNTS))
    token = issue_token(username="north-feed", purpose="TREAT", scope="user/*.cruds", at=timezone.now())
    environment = {
        **os.environ, "FHIR": f"{live_server.url}/fhir", "AUTH": f"Authorization: Bearer {token}",
        "JSON": "Content-Type: application/fhir+json",
    }  # fmt: skip
    examples = EXAMPLE.findall(PAGE.read_text())
    assert len(examples) > 20
    for command, expected in examples:
        silent = command.replace("curl ", "curl -sS -o /dev/null -w '%{http_code}' ", 1)
        told = subprocess.run(["bash", "-c", silent], env=environment, capture_output=True, text=True, check=False)
        assert told.stdout == expected, (command, told.stdout, told.stderr)
