from django.apps import AppConfig


class QuantixConfig(AppConfig):
    name = "quantix"
    verbose_name = "Quantix"
