"""Where the figures come from, and what else was running."""

import os
from pathlib import Path
from typing import Any

import psutil


def machine() -> dict[str, Any]:
    """Taken before the run begins: `load_before` is what others were doing."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30),
            "load_before": [round(value, 2) for value in os.getloadavg()]}  # fmt: skip
