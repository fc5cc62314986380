from django.urls import path

from medbridge.desk.auditor import views

urlpatterns = [
    path("", views.receipt, name="auditor-receipt"),
    path("log", views.log, name="auditor-log"),
    path("reviews", views.reviews, name="auditor-reviews"),
    path("reviews/<uuid:id>", views.review, name="auditor-review"),
    path("accesses", views.accesses, name="auditor-accesses"),
]
