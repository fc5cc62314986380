"""manage.py load_package: what is loaded, what is refused and why."""

import gzip
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from medbridge.actions.load_package import PackageError, load_package
from medbridge.packages.models import Definition, Package
from medbridge.packages.store import library
from tests.integration.packages import published

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, tzinfo=UTC)
MANIFEST = {"name": "example.fhir", "version": "1.0.0", "fhirVersions": ["4.0.1"]}
VALUE_SET = {
    "resourceType": "ValueSet",
    "url": "http://example.org/ValueSet/colours",
    "compose": {"include": [{"system": "http://example.org/colours", "concept": [{"code": "red"}]}]},
}


def package(*members: tuple[str, bytes], manifest: Any = MANIFEST) -> io.BytesIO:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, content in (("package/package.json", json.dumps(manifest).encode()), *members):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    raw.seek(0)
    return raw


def value_set(**changes: Any) -> tuple[str, bytes]:
    return "package/ValueSet-colours.json", json.dumps({**VALUE_SET, **changes}).encode()


def test_a_package_is_loaded() -> None:
    loaded = load_package(at=AT, file=package(value_set()))
    assert (loaded.package, loaded.new, dict(loaded.counts)) == ("example.fhir#1.0.0", True, {"ValueSet": 1})
    assert library().codes("http://example.org/ValueSet/colours").holds("http://example.org/colours", "red")  # type: ignore[union-attr]


def test_loading_again_changes_nothing() -> None:
    load_package(at=AT, file=package(value_set()))
    before = list(Definition.objects.values_list("pk", flat=True))
    assert not load_package(at=AT, file=package(value_set())).new
    assert list(Definition.objects.values_list("pk", flat=True)) == before


def test_other_bytes_of_the_same_version_replace_it_and_the_library_follows() -> None:
    load_package(at=AT, file=package(value_set()))
    red = library().codes(VALUE_SET["url"])  # type: ignore[arg-type]
    blue = {"include": [{"system": "http://example.org/colours", "concept": [{"code": "blue"}]}]}
    load_package(at=AT, file=package(value_set(compose=blue)))
    assert red is not None
    now = library().codes(str(VALUE_SET["url"]))
    assert now is not None
    assert (red.holds(None, "blue"), now.holds(None, "blue")) == (False, True)


def test_another_version_stands_beside_the_first() -> None:
    load_package(at=AT, file=package(value_set(version="1.0.0")))
    newer = {**MANIFEST, "version": "1.1.0"}
    load_package(at=AT, file=package(value_set(version="1.1.0"), manifest=newer))
    assert Package.objects.count() == 2
    assert [library().find("ValueSet", f"{VALUE_SET['url']}{v}").version for v in ("", "|1.0.0")] == ["1.1.0", "1.0.0"]  # type: ignore[union-attr]


BROKEN = {
    "path_out_of_the_package": (package(("package/../../etc/x.json", b"{}")), "leads out"),
    "absolute_path": (package(("/etc/x.json", b"{}")), "leads out"),
    "bad_json": (package(("package/broken.json", b"{")), "package/broken.json"),
    "no_manifest_name": (package(manifest={"version": "1"}), "package.json"),
    "not_r4": (package(manifest={**MANIFEST, "fhirVersions": ["5.0.0"]}), "5.0.0"),
    "not_gzip": (io.BytesIO(b"PK\x03\x04" + bytes(600)), "no gzipped tar"),
    "not_tar": (io.BytesIO(gzip.compress(b"x" * 2000)), "no gzipped tar"),
    "cut_short": (io.BytesIO(package(value_set()).getvalue()[:150]), "cut short"),
    "empty": (io.BytesIO(b""), "no gzipped tar"),
    "value_set_of_wrong_shape": (package(value_set(compose={"include": "all"})), "package/ValueSet-colours.json"),
}


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_package_is_refused_and_nothing_is_loaded(defect: str) -> None:
    file, said = BROKEN[defect]
    file.seek(0)
    with pytest.raises(PackageError, match=said):
        load_package(at=AT, file=file)
    assert not Package.objects.exists()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("PACKAGE_LIMIT_BYTES", 5000, "decompressed"), ("PACKAGE_MEMBER_LIMIT_BYTES", 50, "package/"),
     ("PACKAGE_FILE_LIMIT", 1, "files")],
)  # fmt: skip
def test_a_package_past_a_limit_is_refused(settings: Any, setting: str, value: int, said: str) -> None:
    setattr(settings, setting, value)
    with pytest.raises(PackageError, match=said):
        load_package(at=AT, file=package(value_set(description="x" * 20_000)))


def test_a_gzip_bomb_ends_at_the_limit(settings: Any) -> None:
    settings.PACKAGE_LIMIT_BYTES = 1_000_000
    bomb = package(("package/other/zeros.bin", bytes(50_000_000)))
    with pytest.raises(PackageError, match="decompressed"):
        load_package(at=AT, file=bomb)


def test_a_profile_without_snapshot_is_named(tmp_path: Path, capsys: Any) -> None:
    profile = {"resourceType": "StructureDefinition", "url": "http://example.org/p", "kind": "resource",
               "type": "Patient", "derivation": "constraint", "differential": {"element": []}}  # fmt: skip
    (tmp_path / "p.tgz").write_bytes(package(("package/p.json", json.dumps(profile).encode())).getvalue())
    call_command("load_package", tmp_path / "p.tgz")
    assert "NOT LOADED http://example.org/p: it has no snapshot" in capsys.readouterr().out


def test_the_command_says_in_words_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(b"no package")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_package", tmp_path / "x.tgz")
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_package", tmp_path / "absent.tgz")


@pytest.mark.parametrize(
    ("name", "profiles"), [(published.US_CORE_6, 59), (published.US_CORE_7, 63), (published.IPS, 36)]
)
def test_every_profile_of_the_published_packages_compiles(name: str, profiles: int) -> None:
    with published.path(name).open("rb") as file:
        loaded = load_package(at=AT, file=file)
    assert (loaded.counts["StructureDefinition"], loaded.refused) == (profiles, [])
    assert [gap for gap in loaded.gaps if "cannot be listed" not in gap[1]] == []
