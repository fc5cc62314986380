"""Where everything is."""

from django.urls import include, path

urlpatterns = [
    path("log/", include("anchoring.urls")),
    path("desk/", include("medbridge.desk.urls")),
    path("", include("medbridge.api.urls")),
]
