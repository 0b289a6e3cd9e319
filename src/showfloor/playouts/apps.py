from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PlayoutsConfig(AppConfig):
    name = "showfloor.playouts"
    label = "playouts"
    verbose_name = gettext_lazy("Files as live")
    default_auto_field = "django.db.models.BigAutoField"
