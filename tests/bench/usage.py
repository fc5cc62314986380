"""CPU seconds and memory of each part of the stack, and of this client; bytes of each table on disk."""

from dataclasses import dataclass

import psutil
from django.db import connection

_SIZES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'bench%%'
"""


@dataclass(frozen=True)
class Usage:
    """`parts`: name -> process id of the tree's root."""

    parts: dict[str, int]

    def cpu(self) -> dict[str, float]:
        """User and system seconds so far, ended children included."""
        return {name: sum(map(_seconds, _tree(pid))) for name, pid in self.parts.items()}

    def since(self, before: dict[str, float]) -> dict[str, float]:
        return {name: round(now - before[name], 2) for name, now in self.cpu().items()}

    def memory(self) -> dict[str, float]:
        """Proportional set size in MB: pages that several processes share count once in all."""
        return {name: round(sum(map(_pss, _tree(pid))) / 2**20, 1) for name, pid in self.parts.items()}

    def children(self, name: str) -> list[float]:
        """The same of each child of one part: a web server's workers."""
        return [round(_pss(child) / 2**20, 1) for child in _tree(self.parts[name])[1:]]


def disk() -> dict[str, int]:
    """Bytes of each table with its indexes."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        return dict(cursor.fetchall())


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *(root.children(recursive=True) if pid != psutil.Process().pid else [])]
    except psutil.NoSuchProcess:
        return []


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    own = process.pid == psutil.Process().pid  # this client's children are the stack itself
    return times.user + times.system + (0.0 if own else times.children_user + times.children_system)


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):  # not ours to see, gone, or not Linux
        return 0
