"""The tables of captions: what was said in a show, and the key of its captioners."""

from django.db import models
from django.db.models import F, Q

from showfloor.accounts.scoping import BrandScoped


class CaptionSource(models.TextChoices):
    LIVE = "live"  # by a person or a program that listens
    FILE = "file"
    MACHINE = "mt"  # translated by a program


class Caption(BrandScoped):
    """The words of some seconds, in one language, at the pictures in which they were said."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=16)  # BCP 47
    cue_id = models.CharField(max_length=64)  # of the captioner: sent again is no second caption
    text = models.CharField(max_length=300)
    starts_at = models.DateTimeField()  # of the picture
    ends_at = models.DateTimeField()
    source = models.CharField(max_length=4, choices=CaptionSource)
    seq = models.BigIntegerField(null=True)  # of `caption.shown`; null: it came with a file
    changed_seq = models.BigIntegerField(null=True)  # of the last `caption.changed` with its words
    by_staff = models.BooleanField(default=False)  # corrected: the captioner's words are no more
    is_cut_off = models.BooleanField(default=False)  # by a trim: the timeline has not its words
    # Of a translation: the caption that it says in another language, and its words at that time.
    original = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    original_text = models.CharField(max_length=300, blank=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show", "language", "cue_id"], name="caption_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="caption_lasts"),
        ]
        indexes = [
            models.Index(fields=["show", "language", "starts_at"]),
            models.Index(fields=["show"], name="caption_cut_off", condition=Q(is_cut_off=True)),
        ]


class RemovedCaption(BrandScoped):
    """The place of a caption that staff took away, so that it does not come back when a captioner
    sends it again, or a program translates it again. Its words are gone."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=16)
    cue_id = models.CharField(max_length=64)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "language", "cue_id"], name="caption_removed_once"
            )
        ]


class CaptionKey(BrandScoped):
    """The version of a show's captioning key. The key itself is derived from it, never stored."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta(BrandScoped.Meta):
        pass


class CaptionTranslation(BrandScoped):
    """An order to say a show's captions in one more language, until it is taken back.

    `is_behind`: some captions may lack their translation, so the job has to look.
    """

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=16)  # the language that is translated
    language = models.CharField(max_length=16)
    is_behind = models.BooleanField(default=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show", "language"], name="caption_translation_once")
        ]
        indexes = [
            models.Index(
                fields=["show"], name="caption_translation_behind", condition=Q(is_behind=True)
            )
        ]


class SpokenLanguage(BrandScoped):
    """The language in which a program of this server listens to a show while it is live."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=16)  # BCP 47

    class Meta(BrandScoped.Meta):
        pass
