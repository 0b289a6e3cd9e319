"""The tables of the log. Django migrates them; `timeline.log` reads and writes them in SQL."""

from django.db import models

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.kernel.ids import ID_LENGTH, new_id


class Timeline(BrandOwned):
    """One show's history. `seq` is the last number given out; `epoch` changes when history was
    restored from a backup, so that positions of before are known to mean nothing."""

    seq = models.BigIntegerField(default=0)
    epoch = models.CharField(max_length=ID_LENGTH, default=new_id)
    last_at = models.BigIntegerField(default=0)  # Unix milliseconds of the last entry
    tick = models.BigIntegerField(default=0)  # the last number given out
    ticked_seq = models.BigIntegerField(default=0)  # the entry it ends with
    ticked_at = models.BigIntegerField(default=0)  # Unix milliseconds
    redactions = models.BigIntegerField(default=0)  # how often something was taken back

    class Meta(BrandOwned.Meta):
        pass


class Entry(BrandScoped):
    """One thing that happened. `at` and `picture_at` are Unix milliseconds, UTC."""

    brand_path = "timeline__brand"

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    timeline = models.ForeignKey(  # the constraint below begins with it
        Timeline, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    seq = models.BigIntegerField()
    at = models.BigIntegerField()
    picture_at = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    body = models.TextField()  # JSON
    actor = models.CharField(max_length=64, blank=True)  # who caused it: never sent to viewers

    class Meta(BrandScoped.Meta):
        constraints = [models.UniqueConstraint(fields=["timeline", "seq"], name="entry_seq_unique")]


class Tick(BrandScoped):
    """Entries `first..last` that are sent together. The row makes all processes send the same
    ticks."""

    brand_path = "timeline__brand"

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    timeline = models.ForeignKey(  # the constraint below begins with it
        Timeline, on_delete=models.CASCADE, related_name="ticks", db_index=False
    )
    number = models.BigIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    at = models.BigIntegerField()  # Unix milliseconds

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["timeline", "number"], name="tick_number_unique")
        ]


class Recall(BrandScoped):
    """Entries `first..last` that caches in front may still hold as they were: written with the
    cause, deleted when every cache was told (`timeline.cache_invalidation`). `epoch` is set where
    it is not the timeline's."""

    brand_path = "timeline__brand"

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    timeline = models.ForeignKey(Timeline, on_delete=models.CASCADE, related_name="+")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    epoch = models.CharField(max_length=ID_LENGTH, blank=True)


class PersonStream(BrandOwned):
    """A person's own stream at a brand: orders, answers, offers. Its timeline is made with the
    first entry."""

    subject = models.CharField(max_length=64)  # a token's `sub`
    timeline = models.OneToOneField(Timeline, on_delete=models.CASCADE, related_name="+")

    class Meta(BrandOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["brand", "subject"], name="one_stream_per_person")
        ]
