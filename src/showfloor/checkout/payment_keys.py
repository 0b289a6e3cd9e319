"""The secret keys of a payment account, and the form in which the database has them."""

import json
from dataclasses import dataclass, replace
from typing import override

from showfloor.accounts import sealing

_PURPOSE = "payment-account"
WEBHOOK_SECRETS_MAX = 2  # the present one, and the one before it


@dataclass(frozen=True, slots=True)
class Keys:
    """`secret`: for our calls. `webhook_secrets`: a notice is signed with one of them; the newest
    comes first, and the one before it stays good, so that no notice is lost at a change."""

    secret: str
    webhook_secrets: tuple[str, ...] = ()

    @override
    def __repr__(self) -> str:
        return "Keys(…)"  # no log has them

    def changed(self, secret: str, webhook_secret: str) -> "Keys":
        """Return the keys after a change; an empty text leaves a key as it is."""
        found = self if not secret else replace(self, secret=secret)
        if webhook_secret and webhook_secret not in self.webhook_secrets[:1]:
            kept = (webhook_secret, *self.webhook_secrets)[:WEBHOOK_SECRETS_MAX]
            found = replace(found, webhook_secrets=kept)
        return found


def seal(keys: Keys) -> str:
    told = {"secret": keys.secret, "webhook_secrets": keys.webhook_secrets}
    return sealing.seal(json.dumps(told), _PURPOSE)


def unseal(sealed: str) -> Keys:
    """Return the keys; sealing.CannotOpen."""
    told = json.loads(sealing.unseal(sealed, _PURPOSE))
    return Keys(told["secret"], tuple(told["webhook_secrets"]))


def is_current(sealed: str) -> bool:
    """Return whether the present secret key of the installation has sealed them."""
    return sealing.is_current(sealed, _PURPOSE)
