"""Bearer tokens for DRF: request.user is the Actor."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from medbridge.accounts import tokens
from medbridge.accounts.actor import Actor


def secret_of(meta: Mapping[str, Any]) -> str | None:
    """RFC 6750 section 2.1."""
    scheme, _, secret = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret else None


class BearerToken(BaseAuthentication):
    """RFC 6750. A missing token leaves the request anonymous; a wrong one is an error."""

    def authenticate(self, request: Request) -> tuple[Actor, str] | None:
        secret = secret_of(request.META)
        if secret is None:
            return None
        actor = tokens.bearer(secret, at=timezone.now())
        if actor is None:
            raise AuthenticationFailed("The bearer token is unknown, expired or revoked.")
        return actor, secret

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="medbridge"'
