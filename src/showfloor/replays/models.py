"""The tables of what comes after the show: its clips, and the files that are made of it."""

from functools import cache
from typing import override

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.kernel.clock import utc_now


class Clip(BrandScoped):
    """A range of a show's recording with a page of its own, from one picture to another (program
    date time). It plays from the show's own segments."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="clips")
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    views = models.PositiveIntegerField(_("views"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandScoped.Meta):
        ordering = ["starts_at", "pk"]
        verbose_name = _("clip")
        verbose_name_plural = _("clips")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="clip_has_length")
        ]

    @override
    def __str__(self) -> str:
        return self.title


class Trailer(BrandScoped):
    """The clip that is played before a show, in its pauses, and in front of its replay."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="+")

    class Meta(BrandScoped.Meta):
        pass


class FileKind(models.TextChoices):
    """The files that are made of a recording."""

    VIDEO = "video", _("Video (MP4)")
    SOUND = "sound", _("Podcast (M4A)")


class FileShape(models.TextChoices):
    """The shape of a file's picture."""

    RECORDED = "recorded", _("As recorded")
    PORTRAIT = "portrait", _("Portrait, follows who speaks")


class FileState(models.TextChoices):
    """`waiting → working → ready`, or `failed`. A server that stops in between begins again."""

    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


@cache
def replay_files() -> FileSystemStorage:
    """Return the folder of files made of recordings; no address leads there."""
    return FileSystemStorage(settings.SHOWFLOOR.data_dir / "replay-files")


class ReplayFile(BrandScoped):
    """A file of a whole show, or of one clip, for staff to download."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="replay_files")
    clip = models.ForeignKey(Clip, null=True, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind)
    shape = models.CharField(
        _("shape"), max_length=10, choices=FileShape, default=FileShape.RECORDED,
        db_default=FileShape.RECORDED,
    )  # fmt: skip
    # the language (BCP 47) of captions in the picture; empty: none
    captions = models.CharField(max_length=16, blank=True, default="", db_default="")
    state = models.CharField(
        _("state"), max_length=10, choices=FileState, default=FileState.WAITING
    )
    percent = models.PositiveSmallIntegerField(_("done, percent"), default=0)
    failure = models.CharField(max_length=20, blank=True)  # a code of `file_job.Failure`
    name = models.CharField(max_length=120, blank=True)  # in `replay_files()`, once it is ready
    bytes = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    is_stored = models.BooleanField(default=False, db_default=False)  # in the store of objects
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def is_encoded(self) -> bool:
        """Return whether the picture is encoded anew for this file."""
        return self.shape != FileShape.RECORDED or bool(self.captions)

    class Meta(BrandScoped.Meta):
        ordering = ["-created_at", "-pk"]
        verbose_name = _("file of a recording")
        verbose_name_plural = _("files of recordings")
        indexes = [
            models.Index(
                fields=["created_at"], name="replay_file_to_make",
                condition=Q(state__in=["waiting", "working"]),
            ),
            models.Index(
                fields=["created_at"], name="replay_file_to_store",
                condition=Q(state="ready", is_stored=False),
            ),
        ]  # fmt: skip


class MoveState(models.TextChoices):
    """`moving → stored`, and from both to `deleting`; the row goes when the objects are gone."""

    MOVING = "moving", _("On its way")
    STORED = "stored", _("Stored")
    DELETING = "deleting", _("Being deleted")


class StoredMedia(BrandOwned):
    """The media of one show in the store of objects: all keys that begin with `prefix`. The row
    outlives its show until the store has nothing of it."""

    show = models.OneToOneField(
        "shows.Show", null=True, on_delete=models.SET_NULL, related_name="stored_media"
    )
    prefix = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=MoveState, default=MoveState.MOVING)
    percent = models.PositiveSmallIntegerField(_("done, percent"), default=0)
    bytes = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    failure = models.CharField(max_length=200, blank=True)  # of the last try
    try_at = models.DateTimeField(default=utc_now)  # not before
    has_index_copy = models.BooleanField(default=False)  # in the store, beside the media
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandOwned.Meta):
        ordering = ["created_at", "pk"]
        verbose_name = _("stored media")
        verbose_name_plural = _("stored media")
        indexes = [
            models.Index(
                fields=["try_at"], name="stored_media_to_do",
                condition=Q(state__in=["moving", "deleting"]),
            ),
            models.Index(
                fields=["try_at"], name="stored_media_without_copy",
                condition=Q(state="stored", has_index_copy=False),
            ),
        ]  # fmt: skip
