"""Questions that were removed or refused and whose authors were right."""

from django.db.models import Q

from showfloor.accounts.models import User
from showfloor.community.admission import OPEN, lock_show
from showfloor.community.questions import services
from showfloor.community.questions.models import Question, QuestionState
from showfloor.community.safety import audit
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show


def restore(show: Show, question_id: str, words: str, author_name: str, by: User) -> bool:
    """Ask a removed or refused question once more, in the open transaction, in the name of its
    author. Return False where that cannot be: the show is over, or its author was erased."""
    locked = lock_show(show.brand_id, show.pk)
    rows = Question.objects.for_brand(locked.brand_id).filter(show=locked, pk=question_id)
    is_refused = Q(state=QuestionState.DISMISSED, seq__isnull=True)
    gone = rows.filter(Q(state=QuestionState.REMOVED) | is_refused).first()
    if locked.state not in OPEN or gone is None or not author_name:
        return False
    again = Question(
        show=locked, author=gone.author, author_name=author_name, author_role=gone.author_role,
        network=gone.network, address=gone.address, client_id=new_id(),
        text=words.partition("\n")[0], product=gone.product, state=QuestionState.HELD,
        asked_at=utc_now(),
    )  # fmt: skip
    again.save(force_insert=True)
    services.admit(locked, again)
    audit.log(
        locked, by, "question.restored", target=again.pk, target_name=author_name,
        subject=again.author,
    )  # fmt: skip
    return True
