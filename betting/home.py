"""The start page: what Quantix is, to who is not signed in; the lobby to who is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("lobby")
    return render(request, "home.html", {"bonus": settings.SIGNUP_BONUS})
