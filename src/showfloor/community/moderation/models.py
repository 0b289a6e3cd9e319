"""Reports that viewers send."""

from django.db import models

from showfloor.accounts.scoping import BrandScoped


class Report(BrandScoped):
    """One viewer's report of a message; each viewer reports a message once."""

    brand_path = "message__show__brand"

    message = models.ForeignKey(
        "community.Message", on_delete=models.CASCADE, related_name="reports"
    )
    reporter = models.CharField(max_length=64)
    # Of a guest: guests of one network count as one person.
    network = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=20)  # spam, abuse, other
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["message", "reporter"], name="reported_once")
        ]
        indexes = [models.Index(fields=["reporter", "created_at"])]
