"""Sign-ins in the back-office: who got in, who did not, from where."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.backends import find_by_login
from accounts.backoffice import StaffAdmin, days_by, link_to
from accounts.roles import Can
from accounts.sign_in_models import SignIn


@admin.register(SignIn)
class SignInAdmin(StaffAdmin[SignIn]):
    can_view = Can.READ_PLAYERS
    list_display = ["id", "at", "player", "way", "result", "address", "agent"]
    list_filter = ["result", "way", days_by("at")]
    list_select_related = ["user"]
    linked_by = frozenset({"user__id__exact"})
    search_fields = ["user"]
    search_help_text = "An e-mail or a username, whole"
    fields = ["at", "player", "way", "result", "address", "agent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignIn]:
        return super().get_queryset(request).select_related("user")

    def find(self, rows: QuerySet[SignIn], words: str) -> QuerySet[SignIn]:
        return rows.filter(user=find_by_login(words) or 0)

    @admin.display(description="player")
    def player(self, row: SignIn) -> SafeString | str:
        return link_to(row.user) if row.user else "nobody's login"
