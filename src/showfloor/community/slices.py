"""The slices of the room, the lower ones first."""

from showfloor.community.chat.slice import SLICE as CHAT
from showfloor.community.moderation.slice import SLICE as MODERATION
from showfloor.community.notices.slice import SLICE as NOTICES
from showfloor.community.polls.slice import SLICE as POLLS
from showfloor.community.questions.slice import SLICE as QUESTIONS
from showfloor.community.reactions.slice import SLICE as REACTIONS
from showfloor.community.safety.slice import SLICE as SAFETY

SLICES = (SAFETY, CHAT, QUESTIONS, POLLS, REACTIONS, MODERATION, NOTICES)
