from django.apps import AppConfig
from django.contrib.admin import apps as admin


class QuantixConfig(AppConfig):
    name = "quantix"
    verbose_name = "Quantix"

    def ready(self) -> None:
        from quantix import figures, housekeeping, periodic

        periodic.register(3600, housekeeping.forget_old_keys)
        periodic.register(3600, housekeeping.forget_old_sessions)
        periodic.register(30, housekeeping.revive_tasks)
        periodic.register(60, figures.keep_due_days, is_long=True)


class BackOfficeConfig(admin.AdminConfig):
    """Django's admin, as `quantix.backoffice` makes it."""

    default_site = "quantix.backoffice.BackOffice"
    default = False

    def ready(self) -> None:
        from django.contrib.admin import site
        from django.contrib.auth.models import Group
        from django_tasks_db.models import DBTaskResult

        super().ready()
        # Pages that libraries bring open by Django's permissions; here, roles open pages.
        for model in [Group, DBTaskResult]:
            site.unregister(model)
