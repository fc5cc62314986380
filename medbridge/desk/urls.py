"""Where each desk is."""

from django.urls import include, path, register_converter
from django.views.i18n import set_language

from medbridge.desk import sign_in
from medbridge.desk.converters import CONVERTERS

for name, converter in CONVERTERS.items():
    register_converter(converter, name)

app_name = "desk"
urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-in/as", sign_in.sign_in_as, name="sign-in-as"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", set_language, name="language"),
    path("patient/", include("medbridge.desk.patient.urls")),
    path("clinician/", include("medbridge.desk.clinician.urls")),
    path("auditor/", include("medbridge.desk.auditor.urls")),
    path("hospital/", include("medbridge.desk.hospital.urls")),
    path("operator/", include("medbridge.desk.operator.urls")),
]
