"""Every address under /api/."""

from django.urls import include, path, re_path

from quantix.api import docs
from quantix.api.views import nothing_here

urlpatterns = [
    path("docs/", docs.contents, name="api-docs"),
    path("docs/errors", docs.errors, name="api-errors"),
    path("docs/<slug:name>", docs.page, name="api-docs-page"),
    path("v1/schema", docs.Document.as_view(), name="api-schema"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("accounts.webhooks.api.urls")),
    path("v1/", include("wallets.api.urls")),
    path("v1/", include("games.api.urls")),
    path("v1/", include("betting.api.urls")),
    re_path("^(?!docs/)", nothing_here),
]
