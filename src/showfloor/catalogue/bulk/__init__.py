"""Changing many products at once: `rules` computes a price, `plan` what becomes of each product,
`edits` applies it in batches and takes it back."""
