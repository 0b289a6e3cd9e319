from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class GiveawaysConfig(AppConfig):
    name = "showfloor.giveaways"
    label = "giveaways"
    verbose_name = gettext_lazy("Giveaways")
    default_auto_field = "django.db.models.BigAutoField"
