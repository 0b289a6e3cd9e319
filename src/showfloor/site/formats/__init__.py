"""The one way in which pages and mails write a moment: with its year and its zone."""
