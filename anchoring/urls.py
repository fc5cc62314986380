"""The public log. Mount it anywhere: path("log/", include("anchoring.urls"))."""

from django.urls import path, re_path

from anchoring import views

app_name = "anchoring"
# C2SP tlog-tiles: index in groups of three digits, all but the last marked x; `.p/W` for a tile of W hashes.
TILE = r"(?P<number>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?$"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("vkey", views.vkey, name="vkey"),
    path("vkeys", views.keys, name="vkeys"),
    path("cosignature", views.cosignature, name="cosignature"),
    path("anchors", views.anchors, name="anchors"),
    path("directory/<int:height>", views.directory, name="directory"),
    path("directory/<int:height>.bin", views.directory_bytes, name="directory-bytes"),
    re_path(r"^tile/entries/" + TILE, views.entries, name="entries"),
    re_path(r"^tile/(?P<level>\d{1,2})/" + TILE, views.tile, name="tile"),
]
