"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from betting.home import home
from quantix import views
from quantix.styleguide import styleguide

urlpatterns = [
    path("", home, name="home"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("theme", views.theme, name="theme"),
    path("styleguide", styleguide, name="styleguide"),
    path("outbox", views.mails, name="outbox"),
    path("outbox/<str:name>", views.mails, name="outbox-mail"),
    path("", include("accounts.urls")),
    path("", include("wallets.urls")),
    path("", include("betting.urls")),
    path("api/", include("quantix.api.urls")),
    path("", include("games.urls")),
    path("", include("betting.play_urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    # Last: with DEBUG on, Django would answer an unknown address by a page of its own.
    re_path("", views.nothing_here),
]

handler400 = "quantix.views.bad_request"
handler403 = "quantix.views.forbidden"
handler404 = "quantix.views.not_found"
handler500 = "quantix.views.server_error"
