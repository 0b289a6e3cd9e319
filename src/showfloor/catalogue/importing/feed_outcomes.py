"""The end of a feed's run: its marks for the next conditional request, and word to staff."""

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts import account_mails, brand_mail, brand_urls
from showfloor.accounts.models import Brand, Role, StaffRole
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.feed_models import Feed
from showfloor.catalogue.import_models import ImportJob, ImportState
from showfloor.kernel.clock import utc_now


@verb
def succeeded(job: ImportJob) -> None:
    """Note that the feed is well; a run that found nothing new has no marks of its own."""
    if job.feed_id is None:
        return
    is_new = job.state == ImportState.DONE
    marks = {"etag": job.etag, "last_modified": job.last_modified} if is_new else {}
    with write():
        rows = Feed.objects.for_brand(job.brand_id).filter(pk=job.feed_id)
        rows.update(failed_at=None, **marks)


@verb
def failed(job: ImportJob) -> None:
    """Note that the feed fails; the first time in a row its schedule's failure is told by mail."""
    if job.feed is None:
        return
    with write():
        rows = Feed.objects.for_brand(job.brand_id).filter(pk=job.feed_id, failed_at__isnull=True)
        first = rows.update(failed_at=utc_now())
        if first and job.created_by_id is None:
            _mail(job, job.feed)


def _mail(job: ImportJob, feed: Feed) -> None:
    brand = Brand.objects.get(pk=job.brand_id)
    with translation.override(brand.language):
        headline = _("The import of “%(feed)s” has failed") % {"feed": feed.name}
        path = reverse("admin:catalogue_product_import_job", args=[job.pk])
        text = _(
            "%(reason)s\n\nThe schedule goes on; you get no further mail until a run succeeds."
            "\n\n%(page)s\n"
        ) % {"reason": job.error, "page": brand_urls.origin(None) + path}
        for address in _recipients(brand):
            account_mails.queue(brand_mail.compose(brand, headline, text, address))


def _recipients(brand: Brand) -> list[str]:
    roles = StaffRole.objects.for_brand(brand).filter(
        role__in=[Role.OWNER, Role.PRODUCER], user__is_active=True
    )
    return list(roles.order_by("pk").values_list("user__email", flat=True))
