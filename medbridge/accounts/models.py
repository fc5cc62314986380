"""Hospitals, the people who sign in, what a custodian confirmed about them, and their bearer tokens."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Hospital(models.Model):
    """A tenant. Its id prefixes the ids it may choose itself and names it in the directory: Organization/<id>.

    `timezone` (IANA) is that of times its messages send without an offset; `charset` (a Python codec) overrides what
    its HL7 v2 messages declare. Empty: dates only, and as declared.
    """

    id = models.CharField(primary_key=True, max_length=40)
    name = models.TextField()
    timezone = models.TextField(default="", blank=True)
    charset = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    PATIENT = "patient"
    CLINICIAN = "clinician"
    AUDITOR = "auditor"
    ENGINEER = "engineer"
    FEED = "feed"
    OPERATOR = "operator"


class AccountManager(BaseUserManager["Account"]):
    pass


class Account(AbstractBaseUser):
    """One who signs in. References are FHIR reference texts ("Practitioner/x"), ids of other tables as text."""

    username = models.CharField(max_length=150, unique=True)
    name = models.TextField(default="")
    hospital = models.CharField(max_length=40, default="", blank=True)
    role = models.CharField(max_length=16, choices=Role.choices)
    practitioner = models.TextField(default="", blank=True)
    member_of = ArrayField(models.TextField(), default=list)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.username


class ConfirmedPatient(models.Model):
    """A custodian's word that this account is this Patient of its own. Nothing else gives power (DESIGN 5.9)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    patient = models.TextField()
    hospital = models.CharField(max_length=40)
    confirmed_by = models.TextField()
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "patient"], name="confirmed_once")]

    def __str__(self) -> str:
        return f"{self.account_id} is Patient/{self.patient}"


class Certificate(models.Model):
    """A TLS client certificate by which a sender is known: `fingerprint` is the SHA-256 of its DER, hexadecimal."""

    fingerprint = models.CharField(primary_key=True, max_length=64)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"certificate of {self.account_id}"


class Token(models.Model):
    """A bearer token; only its SHA-256 is kept, so a stolen database opens nothing. `reason`: of breaking the glass."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=40)
    scopes = models.TextField()
    reason = models.TextField(default="")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token of {self.account_id} for {self.purpose}"
