from django.apps import AppConfig
from django.contrib.admin import apps as admin


class QuantixConfig(AppConfig):
    name = "quantix"
    verbose_name = "Quantix"

    def ready(self) -> None:
        from quantix import housekeeping, periodic

        periodic.register(3600, housekeeping.forget_old_keys)
        periodic.register(30, housekeeping.revive_tasks)


class BackOfficeConfig(admin.AdminConfig):
    """Django's admin, as `quantix.backoffice` makes it."""

    default_site = "quantix.backoffice.BackOffice"
    default = False
