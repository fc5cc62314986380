from django.urls import path

from medbridge.desk.patient import consents, disclosures, sight, views

_VERSION = "records/<fhir_type:type>/<fhir_id:id>/<version:version>"

urlpatterns = [
    path("", views.records, name="patient-records"),
    path("accesses", views.accesses, name="patient-accesses"),
    path("accesses.csv", disclosures.as_csv, name="patient-disclosures-csv"),
    path("accesses.pdf", disclosures.as_pdf, name="patient-disclosures-pdf"),
    path("sight", sight.sight, name="patient-sight"),
    path("consents", consents.consents, name="patient-consents"),
    path("consents/grant", consents.grant, name="patient-grant"),
    path("consents/preview", consents.preview, name="patient-preview"),
    path("consents/<fhir_id:id>/preview", consents.before_revoking, name="patient-before-revoking"),
    path("consents/<fhir_id:id>/revoke", consents.revoke, name="patient-revoke"),
    path(f"{_VERSION}/document", views.document, name="patient-document"),
    path(f"{_VERSION}/receipt", views.receipt, name="patient-receipt"),
    path(f"{_VERSION}/ots", views.ots, name="patient-ots"),
]
