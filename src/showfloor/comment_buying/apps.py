from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CommentBuyingConfig(AppConfig):
    name = "showfloor.comment_buying"
    label = "comment_buying"
    verbose_name = gettext_lazy("Comment to buy")
    default_auto_field = "django.db.models.BigAutoField"
