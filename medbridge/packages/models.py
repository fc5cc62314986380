"""Loaded FHIR packages: what profiles and value sets they define, in compact form."""

from django.db import models


class Package(models.Model):
    """One version of a package; versions stand beside each other. `form`: which code made the tables (store.FORM)."""

    name = models.CharField(max_length=128)
    version = models.CharField(max_length=64)
    digest = models.BinaryField()
    form = models.PositiveSmallIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_package_version")]

    def __str__(self) -> str:
        return f"{self.name}#{self.version}"


class Definition(models.Model):
    """A StructureDefinition, ValueSet or CodeSystem. `table` is JSON text: jsonb would reorder slices and digits."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="definitions")
    kind = models.CharField(max_length=32)
    url = models.CharField(max_length=512)
    version = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    table = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "kind", "url"], name="one_definition")]

    def __str__(self) -> str:
        return f"{self.kind} {self.url}|{self.version}"
