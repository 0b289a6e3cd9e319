"""Erasure of a person's questions and votes, and of the marks of staff who are answering.

The transactions are bounded, so that a person with many questions and votes holds nobody up. What
is done in one stays done if a later one fails, and the next call goes on from there.
"""

from showfloor.accounts.subjects import Subject
from showfloor.community import command_batches
from showfloor.community.admission import lock_show
from showfloor.community.questions import services
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline

BATCH = 50  # questions in one transaction: each is some statements
FORGOTTEN = "x:"  # the beginning of an author or voter after the erasure


def forget_person(brand_id: str, subject: str, *, batch: int = BATCH) -> int:
    """Take the words and the name out of every question of the person at the brand, and out of the
    timelines; return the number of questions. The votes still count, for an unknown voter. Again
    changes nothing."""
    own = Question.objects.for_brand(brand_id).filter(author=subject)
    shows = Show.objects.for_brand(brand_id).filter(pk__in=own.values("show")).order_by("pk")
    forgotten = 0
    for show_id in list(shows.values_list("pk", flat=True)):
        while count := _forget_asked(brand_id, show_id, subject, batch):
            forgotten += count
    while _forget_votes(brand_id, subject):
        pass
    person = Subject.parse(subject)
    if person.is_staff:
        services.end_answering_of(brand_id, person.id)
    return forgotten


@timeline.verb
def _forget_asked(brand_id: str, show_id: str, subject: str, batch: int) -> int:
    """Erase the next questions, in one transaction; return their number."""
    with timeline.write():
        show = lock_show(brand_id, show_id)
        own = Question.objects.for_brand(brand_id).filter(show=show, author=subject)
        ids = list(own.order_by("pk").values_list("pk", flat=True)[:batch])
        for question_id in ids:
            # Read one by one: the question that it was merged into may have gone in this loop.
            question = own.select_related("merged_into").get(pk=question_id)
            if question.state != QuestionState.REMOVED:
                services.take_away(show, question)
            own.filter(pk=question_id).update(
                author=_nobody(), network="", address="", text_hash=""
            )
    return len(ids)


@timeline.verb
def _forget_votes(brand_id: str, subject: str) -> bool:
    with timeline.write():
        own = QuestionVote.objects.for_brand(brand_id).filter(voter=subject)
        found = list(own.order_by("pk")[: command_batches.IN_QUERY])
        for vote in found:
            vote.voter = _nobody()
        QuestionVote.objects.all_brands().bulk_update(found, ["voter"])
    return bool(found)


def _nobody() -> str:
    return f"{FORGOTTEN}{new_id()}"
