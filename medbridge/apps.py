"""The project's own application: it brings the checks of a deployment."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class MedbridgeConfig(AppConfig):
    name = "medbridge"
    verbose_name = "MedBridge"

    def ready(self) -> None:
        from medbridge import checks

        register(checks.deployment, Tags.security, deploy=True)
