"""A payment provider without money, which otherwise behaves like a real one: its books are its own
file, cards can be declined, and captured money is told by signed webhooks over HTTP, which may come
twice, late or never."""
