"""Captions by a program of this server that listens to the show: whether it does, and its words."""

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.captions import rules, services
from showfloor.captions.models import SpokenLanguage
from showfloor.captions.services import CaptionDraft
from showfloor.community.safety import audit
from showfloor.kernel.errors import NotFound, ShowfloorError
from showfloor.media.listening.ports import Said
from showfloor.shows.models import Show
from showfloor.shows.services.locking import lock
from showfloor.timeline import services as timeline

TEXT_MAX: Final = rules.TEXT_MAX


def is_possible() -> bool:
    """Return whether this installation has a model that recognises speech."""
    return bool(settings.SHOWFLOOR.captions_model)


@timeline.verb
def listen(show: Show, language: str, by: User) -> str:
    """Have a program listen to a show in this language while it is live; empty: no longer. Return
    the language as it is kept. The process that takes the show hears of it by the audit line."""
    if not is_possible():
        raise NotFound(_("No program on this server recognises speech."), code="no-recognition")
    tag = rules.clean_language(language) if language else ""
    with timeline.write():
        locked = lock(show)
        rows = SpokenLanguage.objects.for_brand(locked.brand_id).filter(show=locked)
        if (of_show(locked) or "") == tag:
            return tag
        rows.delete()
        if tag:
            SpokenLanguage(show=locked, language=tag).save(force_insert=True)
        audit.log(locked, by, "captions.listening", detail={"language": tag})
    return tag


def of_show(show: Show) -> str | None:
    """Return the language in which a program listens to a show; None: it does not."""
    rows = SpokenLanguage.objects.for_brand(show.brand_id).filter(show=show)
    return rows.values_list("language", flat=True).first()


def wanted(channel_id: str) -> str:
    """Return the language for the show with this channel, or nothing."""
    if not is_possible():
        return ""
    rows = SpokenLanguage.objects.all_brands().filter(show__channel_id=channel_id)
    return rows.values_list("language", flat=True).first() or ""


def say(channel_id: str, language: str, said: Said) -> bool:
    """Write words that were heard; return False when the show takes them no more: it has just
    ended, has not begun, or holds as many captions as it can."""
    show = Show.objects.all_brands().filter(channel_id=channel_id).first()
    if show is None:
        return False
    draft = CaptionDraft(said.cue_id, said.text[:TEXT_MAX], said.starts_at)
    try:
        services.say(show, language, [draft], "")
    except ShowfloorError:
        return False
    return True
