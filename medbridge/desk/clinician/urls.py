from django.urls import path

from medbridge.desk.clinician import views

_VERSION = "records/<fhir_type:type>/<fhir_id:id>/<version:version>"

urlpatterns = [
    path("", views.find, name="clinician-find"),
    path("purpose", views.purpose, name="clinician-purpose"),
    path("glass", views.glass, name="clinician-glass"),
    path("patients/<fhir_id:patient>", views.history, name="clinician-history"),
    path(f"{_VERSION}/document", views.document, name="clinician-document"),
    path(f"{_VERSION}/receipt", views.receipt, name="clinician-receipt"),
    path(f"{_VERSION}/ots", views.ots, name="clinician-ots"),
]
