"""The documentation pages of the API: the reference, drawn from the schema, and the list of error codes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from quantix.errors import every_refusal


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every call, browsable."""
    return render(request, "api/reference.html")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every code an error can have; `type` of a problem document points here."""
    rows = [
        {"status": refusal.status, "code": refusal.code, "title": refusal.title, "detail": refusal.detail}
        for refusal in every_refusal()
    ]
    rows.sort(key=lambda row: (row["status"], row["code"]))
    return render(request, "api/errors.html", {"refusals": rows})


class Document(SpectacularJSONAPIView):
    """The OpenAPI document. There is one version: what a query string says of it would end up in a header."""

    def _get_version_parameter(self, request: Request) -> None:
        return None
