"""What people say in a show. The words live on the timeline; this table finds them again."""

from django.db import models

from showfloor.accounts.scoping import BrandScoped


class Message(BrandScoped):
    """One chat message. `client_id` makes sending it twice one message."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    author = models.CharField(max_length=64)  # a token's `sub`
    author_name = models.CharField(max_length=30)
    network = models.CharField(max_length=64, blank=True)
    client_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "author", "client_id"], name="message_sent_once"
            )
        ]
        indexes = [
            models.Index(fields=["show", "author", "sent_at"]),
            models.Index(fields=["show", "network", "sent_at"]),
        ]
