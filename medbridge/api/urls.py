"""The FHIR API's table of contents."""

from django.urls import path, re_path

from medbridge.api.message import Ccda, Hl7v2, Replay
from medbridge.api.metadata import Metadata
from medbridge.api.openapi import OpenApi
from medbridge.api.operations import ID, TYPE, VERSION, routes
from medbridge.api.resource import Compartment, History, Instance, Nothing, Search, System, Type, Version
from medbridge.fhir.compartments import COMPARTMENTS

_WITHIN = f"(?P<within>{'|'.join(COMPARTMENTS)})"

urlpatterns = [
    path("fhir/metadata", Metadata.as_view()),
    path("fhir/openapi.json", OpenApi.as_view()),
    path("fhir", System.as_view()),
    path("fhir/", System.as_view()),
    path("fhir/_history", History.as_view()),
    re_path(rf"^fhir/{TYPE}/_history$", History.as_view()),
    re_path(rf"^fhir/{TYPE}/{ID}$", Instance.as_view()),
    re_path(rf"^fhir/{TYPE}/?$", Type.as_view()),
    re_path(rf"^fhir/{TYPE}/_search$", Search.as_view()),
    *routes(),
    re_path(rf"^fhir/{_WITHIN}/{ID}/{TYPE}(?:/_search)?$", Compartment.as_view()),
    re_path(rf"^fhir/{TYPE}/{ID}/_history$", History.as_view()),
    re_path(rf"^fhir/{TYPE}/{ID}/_history/{VERSION}$", Version.as_view()),
    re_path(r"^fhir/", Nothing.as_view()),
    path("hl7v2", Hl7v2.as_view()),
    path("hl7v2/replay", Replay.as_view()),
    path("ccda", Ccda.as_view()),
]
