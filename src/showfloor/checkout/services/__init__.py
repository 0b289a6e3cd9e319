"""The verbs of buying, one module for each step: cart, checkout, payment, settlement, orders, mail.

Locks are taken in one order everywhere: checkout, payment, hold rows, stock rows, timelines. No
network call is ever made inside a transaction.
"""
