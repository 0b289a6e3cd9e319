from django.apps import AppConfig


class ShowsConfig(AppConfig):
    name = "showfloor.shows"
    label = "shows"
    default_auto_field = "django.db.models.BigAutoField"
