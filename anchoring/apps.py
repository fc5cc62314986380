from django.apps import AppConfig


class AnchoringConfig(AppConfig):
    name = "anchoring"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Anchoring"

    def ready(self) -> None:
        from anchoring import checks  # noqa: F401  registers the system checks
