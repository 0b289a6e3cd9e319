"""The HTTP operations of this room, gathered from the packages."""

from ninja import Router

from showfloor.community.chat.api import router as chat
from showfloor.community.moderation.api import router as moderation
from showfloor.community.notices.api import router as notices
from showfloor.community.polls.api import router as polls
from showfloor.community.questions.api import router as questions

router = Router()
for part in (chat, moderation, notices, questions, polls):
    router.add_router("", part)
