"""The lines of the demo's audience: who talks, asks and answers in which show. Plain data."""
