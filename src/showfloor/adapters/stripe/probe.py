"""A probe whether Stripe answers and takes a secret key."""

import stripe

WITHIN_S = 5.0


def reach(secret_key: str, api_base: str | None = None) -> str:
    """Return an empty text when it does, otherwise what went wrong, without the key. A key that may
    not read the balance is a good one."""
    client = stripe.StripeClient(
        secret_key, max_network_retries=0, http_client=stripe.RequestsClient(timeout=WITHIN_S),
        base_addresses={} if api_base is None else {"api": api_base},
    )  # fmt: skip
    try:
        client.v1.balance.retrieve()
    except stripe.PermissionError:
        return ""
    except stripe.AuthenticationError:
        return "Stripe does not take the secret key: enter it anew"
    except stripe.APIConnectionError:
        return f"Stripe cannot be reached from here (no answer within {WITHIN_S:g} s)"
    except stripe.StripeError as error:
        return f"Stripe answers with an error ({type(error).__name__})"
    return ""
