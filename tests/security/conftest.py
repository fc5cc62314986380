"""The cast of the integration tests, for attackers."""

from tests.integration.conftest import alice, bob, cast, feed, now, voice

__all__ = ["alice", "bob", "cast", "feed", "now", "voice"]
