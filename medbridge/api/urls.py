"""The FHIR API's table of contents."""

from django.urls import path, re_path

from medbridge.api.message import Ccda, Hl7v2
from medbridge.api.metadata import Metadata
from medbridge.api.receipt import Promise, Receipt
from medbridge.api.resource import Everything, History, Instance, Nothing, Search, System, Type, Version
from medbridge.api.validate import Validate

_TYPE = r"(?P<type>[A-Z][A-Za-z]{1,63})"
_ID = r"(?P<id>[A-Za-z0-9\-.]{1,64})"
_VERSION = r"(?P<version>[1-9][0-9]{0,8})"

urlpatterns = [
    path("fhir/metadata", Metadata.as_view()),
    path("fhir", System.as_view()),
    path("fhir/", System.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}$", Instance.as_view()),
    re_path(rf"^fhir/{_TYPE}/?$", Type.as_view()),
    re_path(rf"^fhir/{_TYPE}/_search$", Search.as_view()),
    re_path(rf"^fhir/{_TYPE}/(?:{_ID}/)?\$validate$", Validate.as_view()),
    re_path(rf"^fhir/Patient/{_ID}/\$everything$", Everything.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/\$receipt$", Receipt.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/\$promise$", Promise.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/_history$", History.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/_history/{_VERSION}$", Version.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/_history/{_VERSION}/\$receipt$", Receipt.as_view()),
    re_path(rf"^fhir/{_TYPE}/{_ID}/_history/{_VERSION}/\$promise$", Promise.as_view()),
    re_path(r"^fhir/", Nothing.as_view()),
    path("hl7v2", Hl7v2.as_view()),
    path("ccda", Ccda.as_view()),
]
