"""Safety of a show while people write: AutoMod, restrictions, review items, the audit log. It knows
messages and questions by their ids only; the slices above it register the rest."""
