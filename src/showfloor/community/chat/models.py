"""Messages of the chat, pins and announcements. The words live on the timeline; these tables find
them again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from showfloor.accounts.scoping import BrandScoped


class MessageState(models.TextChoices):
    """The state of a message. Only messages that are `shown` are, or were, on the public
    timeline."""

    SHOWN = "shown"
    HELD = "held"  # waits for a moderator; the author is told
    DECLINED = "declined"
    SHADOWED = "shadowed"  # shown to its author alone, who is not told
    ASIDE = "aside"  # a reader took it: shown to its author alone, who knows


class Message(BrandScoped):
    """One chat message. The same `client_id` of the same author is the same message."""

    brand_path = "show__brand"

    show = models.ForeignKey(  # the indexes below begin with it
        "shows.Show", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seq = models.BigIntegerField(null=True)  # null: not on the public timeline
    author = models.CharField(max_length=64)  # a token's `sub`
    author_name = models.CharField(max_length=30)
    network = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    client_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.SHOWN)
    held_text = models.CharField(max_length=200, blank=True)  # only while it is not on the timeline
    reply_to = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # A keyed hash: it finds duplicates and does not tell the text.
    text_hash = models.CharField(max_length=16, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "author", "client_id"], name="message_sent_once"
            )
        ]
        # Each index costs every message a write; an index that few rows need holds only those.
        indexes = [
            models.Index(fields=["show", "seq"]),
            models.Index(fields=["show", "author", "sent_at"]),
            models.Index(
                fields=["show", "network", "sent_at"], condition=~Q(network=""),
                name="message_by_network",
            ),
            models.Index("show", Lower("author_name"), "sent_at", name="message_by_name"),
            models.Index(
                fields=["reply_to"], condition=Q(reply_to__isnull=False), name="message_replies"
            ),
            models.Index(
                fields=["deleted_by"], condition=Q(deleted_by__isnull=False),
                name="message_deleted_by",
            ),
        ]  # fmt: skip


class Pin(BrandScoped):
    """A message held above the chat, from one picture to another; at most one pin is open."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()  # of `comment.pinned`, which repeats the message
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(ended_at__isnull=True), name="one_pin_at_a_time"
            )
        ]


class Announcement(BrandScoped):
    """A banner above the chat; at most one is open."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    started_at = models.DateTimeField()  # of the picture
    ended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(ended_at__isnull=True),
                name="one_announcement_at_a_time",
            )
        ]  # fmt: skip
