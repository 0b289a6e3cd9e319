"""Every kind of entry that people cause, by slice."""

from showfloor.community.chat import events as chat
from showfloor.community.moderation import events as moderation
from showfloor.community.polls import events as polls
from showfloor.community.questions import events as questions
from showfloor.community.reactions import events as reactions

KINDS = (*chat.KINDS, *questions.KINDS, *polls.KINDS, *reactions.KINDS)
BACKSTAGE_KINDS = moderation.KINDS
