from django.urls import path

from medbridge.desk.hospital import accounts, identity, inbox, sources

urlpatterns = [
    path("", inbox.inbox, name="hospital-inbox"),
    path("messages/<uuid:id>", inbox.message, name="hospital-message"),
    path("messages/<uuid:id>/original", inbox.original, name="hospital-original"),
    path("messages/<uuid:id>/replay", inbox.replay, name="hospital-replay"),
    path("replay", inbox.replay_all, name="hospital-replay-all"),
    path("sources", sources.edit, name="hospital-sources"),
    path("identity", identity.doubts, name="hospital-identity"),
    path("identity/<int:candidate>", identity.settle, name="hospital-settle"),
    path("accounts", accounts.confirm, name="hospital-accounts"),
]
