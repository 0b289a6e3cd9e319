"""What moderators do: decisions, restrictions and bans, word rules, chat rules, reports, erasure.
It uses every slice that people write in; no slice uses it."""
