"""The mapping pack of a source: the shipped layers, and over them the layers of its own that it names."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from medbridge.normalize import ccda, hl7v2
from medbridge.normalize.conversion import NormalizeError, Problem, Source
from medbridge.normalize.packs import Layer, Pack, PackError, read_layer

_PACK_OF: dict[str, Callable[[tuple[Layer, ...]], Pack]] = {"hl7v2": hl7v2.pack_of, "ccda": ccda.pack_of}
_KEPT = 64  # compiled packs; a hospital has one or two for each format, and some that it is trying out


def pack_of(kind: str, source: Source) -> Pack | None:
    """None: the shipped one. Raises NormalizeError when a layer cannot be used: messages wait as dead letters."""
    return pack_named(kind, source.packs) if source.packs else None


def pack_named(kind: str, names: tuple[str, ...]) -> Pack:
    """kind: "hl7v2" or "ccda". A changed file is another pack from the next message on."""
    folders = tuple(Path(settings.MAPPING_PACKS) / name / kind for name in names)
    try:
        return _compiled(kind, folders, tuple(_changed(folder) for folder in folders))
    except PackError as error:
        raise NormalizeError(Problem("convert", "", f"mapping pack: {error.faults[0]}")) from None
    except OSError as error:
        raise NormalizeError(Problem("convert", "", f"mapping pack: {error}")) from None


@lru_cache(maxsize=_KEPT)
def _compiled(kind: str, folders: tuple[Path, ...], changed: tuple[int, ...]) -> Pack:
    layers = tuple(read_layer(folder, folder.parent.name) for folder in folders if folder.is_dir())
    return _PACK_OF[kind](layers)


def _changed(folder: Path) -> int:
    """When a file of the folder was last changed, in nanoseconds; raises OSError where not even its pack is there."""
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"there is no pack {folder.parent.name}")
    files = [folder, *folder.rglob("*")] if folder.is_dir() else []
    return max((file.stat().st_mtime_ns for file in files), default=0)
