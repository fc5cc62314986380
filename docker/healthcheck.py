"""The containers' health: `python docker/healthcheck.py web|worker|beat|mllp`, exit status 0 when well."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 5
BEAT_FILES = Path("/tmp")  # noqa: S108 - in the container, a tmpfs of its own (compose.yaml)
BEAT_SECONDS = 600  # beat writes its schedule down every 180 s


def web() -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=SECONDS)
    connection.request("GET", "/fhir/metadata", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def worker() -> bool:
    ping = ["celery", "-A", "medbridge.config.celery", "inspect", "ping", "-t", str(SECONDS)]
    ping += ["-d", f"celery@{socket.gethostname()}"]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0


def beat() -> bool:
    newest = max((path.stat().st_mtime for path in BEAT_FILES.glob("beat-schedule*")), default=0.0)
    return time.time() - newest < BEAT_SECONDS


def mllp() -> bool:
    for listener in os.environ.get("MLLP_LISTENERS", "").split(","):
        if listener.strip():
            port = int(listener.partition("=")[0].rpartition(":")[2])
            socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
    return True


CHECKS = {"web": web, "worker": worker, "beat": beat, "mllp": mllp}

if __name__ == "__main__":
    try:
        well = CHECKS[sys.argv[1]]()
    except (OSError, http.client.HTTPException) as error:
        print(error)
        well = False
    sys.exit(0 if well else 1)
