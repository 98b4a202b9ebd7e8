from django.apps import AppConfig


class QuantixConfig(AppConfig):
    name = "quantix"
    verbose_name = "Quantix"

    def ready(self) -> None:
        from quantix import housekeeping, periodic

        periodic.register(3600, housekeeping.forget_old_keys)
        periodic.register(30, housekeeping.revive_tasks)
