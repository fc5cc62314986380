"""The id that ties a request to its access records; the client's X-Request-Id when it is a sane one."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

_SANE = re.compile(r"[A-Za-z0-9._\-]{1,64}")


def request_id(meta: Mapping[str, Any]) -> str:
    sent = str(meta.get("HTTP_X_REQUEST_ID", ""))
    return sent if _SANE.fullmatch(sent) else secrets.token_hex(8)
