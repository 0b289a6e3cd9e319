"""The mark of a demo's database. A demo has published passwords, so the two are kept apart."""

from showfloor.accounts.models import Brand, Installation, User
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import Conflict


def is_demo() -> bool:
    return Installation.objects.filter(is_demo=True).exists()


@verb
def mark_as_demo() -> None:
    """Make an empty database a demo's, for good; Conflict where it holds anything else."""
    with write():
        if is_demo():
            return
        if Brand.objects.exists() or User.objects.exists():
            raise Conflict(
                "this database holds an installation that is no demo: "
                "unset DATABASE_URL and SHOWFLOOR_DATA_DIR, and the demo makes one of its own"
            )
        Installation.objects.update_or_create(pk=1, defaults={"is_demo": True})
