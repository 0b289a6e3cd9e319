"""Stripe as a payment provider: PaymentIntents, confirmed by our server (docs/decisions/0023)."""
