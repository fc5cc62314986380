"""Where everything is."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("log/", include("anchoring.urls")),
    path("desk/", include("medbridge.desk.urls")),
    path("", include("medbridge.api.urls")),
    path("", RedirectView.as_view(url="/desk/")),
]
