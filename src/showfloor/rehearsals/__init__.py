"""Rehearsals of a show: the same studio and console, an invented audience, and nothing real.

A rehearsal has a hidden show of its own, made after the real one. Its cast buys at a till of this
room, which knows neither stock, orders, payments nor mails.
"""
