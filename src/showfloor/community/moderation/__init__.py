"""The actions of moderators: decisions, restrictions and bans, word rules, chat rules, reports,
erasure. This package uses every slice that people write in; no slice uses it."""
