from django.urls import include, path

urlpatterns = [path("log/", include("anchoring.urls"))]
