"""The room's pages in the back office, by slice: Django looks for them here."""

from showfloor.community.moderation.admin import AuditAdmin, WordRuleAdmin

__all__ = ["AuditAdmin", "WordRuleAdmin"]
