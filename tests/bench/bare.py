"""The least a Django server could do for a read: one stored document by its key, one small row for the access.

granian runs it with the flags of our own web process. The ratio to it is the price of everything else: the token, the
consent predicate, a whole access record, the middleware of the real project. It is no part of the process of the bench.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import path

from medbridge.config.settings import database


def read(request: HttpRequest, id: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM bench_document WHERE id = %s", [id])
        row = cursor.fetchone()
        cursor.execute("INSERT INTO bench_access (at, document) VALUES (now(), %s)", [id])
    if row is None:
        return HttpResponseNotFound()
    return HttpResponse(row[0], content_type="application/fhir+json", headers={"Content-Length": len(row[0])})


urlpatterns = [path("document/<id>", read)]
settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, MIDDLEWARE=[], USE_TZ=True,
    DATABASES={"default": database(os.environ["DATABASE_URL"])},
)  # fmt: skip
django.setup()
application = WSGIHandler()
