from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "accounts.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from accounts.webhooks import delivering
        from quantix import periodic

        periodic.register(1, delivering.start_rounds)
        periodic.register(3600, delivering.forget_old)
