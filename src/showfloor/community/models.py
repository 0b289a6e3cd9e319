"""All tables of the room, gathered from the packages: Django looks for them here."""

from showfloor.community.chat.models import Announcement, Message, Pin
from showfloor.community.moderation.models import Report
from showfloor.community.notices.models import ContentNotice, NoticeComplaint
from showfloor.community.polls.models import Ballot, Poll, PollOption
from showfloor.community.questions.models import Question, QuestionVote
from showfloor.community.reactions.models import ReactionCount, ReactionShare
from showfloor.community.safety.models import (
    AuditEntry,
    ChatSettings,
    Restriction,
    ReviewItem,
    WordRule,
)

__all__ = [
    "Announcement", "AuditEntry", "Ballot", "ChatSettings", "ContentNotice", "Message",
    "NoticeComplaint", "Pin", "Poll", "PollOption", "Question", "QuestionVote", "ReactionCount",
    "ReactionShare", "Report", "Restriction", "ReviewItem", "WordRule",
]  # fmt: skip
