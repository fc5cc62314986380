"""Bearer tokens for DRF: request.user is the Actor."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from medbridge.accounts import tokens
from medbridge.accounts.actor import Actor


class BearerToken(BaseAuthentication):
    """RFC 6750. A missing token leaves the request anonymous; a wrong one is an error."""

    def authenticate(self, request: Request) -> tuple[Actor, str] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        actor = tokens.bearer(secret.strip(), at=timezone.now())
        if actor is None:
            raise AuthenticationFailed("The bearer token is unknown, expired or revoked.")
        return actor, secret

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="medbridge"'
