from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    name = "showfloor.accounts"
    label = "accounts"
    verbose_name = gettext_lazy("People")
    default_auto_field = "django.db.models.BigAutoField"
