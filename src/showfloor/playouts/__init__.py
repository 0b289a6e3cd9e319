"""Playouts: finished files that go live at a set time, as shows of their own."""
