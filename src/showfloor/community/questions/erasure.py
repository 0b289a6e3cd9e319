"""Someone's data is erased: what they asked, and that it was they who voted."""

from showfloor.community import batches
from showfloor.community.questions import services
from showfloor.community.questions.models import Question, QuestionState, QuestionVote
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline


def forget_person(brand_id: str, subject: str) -> int:
    """Take the words and the name out of every question of theirs at the brand, and out of the
    timelines; how many questions. Votes still count, for nobody we know. Again changes nothing."""
    with timeline.write():
        own = Question.objects.for_brand(brand_id).filter(author=subject)
        shows = Show.objects.for_brand(brand_id).filter(pk__in=own.values("show")).order_by("pk")
        forgotten = 0
        for show_id in shows.values_list("pk", flat=True):
            show = batches.lock_show(brand_id, show_id)
            for question in own.filter(show=show).order_by("pk"):
                if question.state != QuestionState.REMOVED:
                    services.take_away(show, question)
                question.author, question.network, question.text_hash = _nobody(), "", ""
                question.save(update_fields=["author", "network", "text_hash"])
                forgotten += 1
        for vote in QuestionVote.objects.for_brand(brand_id).filter(voter=subject):
            vote.voter = _nobody()
            vote.save(update_fields=["voter"])
    return forgotten


def _nobody() -> str:
    return f"x:{new_id()}"
