from django.urls import path

from medbridge.desk.operator import views

urlpatterns = [path("", views.overview, name="operator-overview")]
