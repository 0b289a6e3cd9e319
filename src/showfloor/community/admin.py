"""The back office's pages of this room, gathered from the packages: Django looks for them here."""

from showfloor.community.moderation.admin import AuditAdmin, WordRuleAdmin
from showfloor.community.notices.admin import ComplaintAdmin, NoticeAdmin

__all__ = ["AuditAdmin", "ComplaintAdmin", "NoticeAdmin", "WordRuleAdmin"]
