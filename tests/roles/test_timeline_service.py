"""What the doors of a process have together."""

from django.conf import settings

from showfloor.accounts.database_threads import Database
from showfloor.roles.timeline_service import TimelineService


async def test_a_person_has_one_pace_over_sockets_and_by_post(db: None) -> None:
    side = TimelineService(settings.SHOWFLOOR, Database())
    posts = side._endpoints._commands
    assert posts is not None
    assert side._registry.rate_limit is posts._rate_limit
    await side._commands.stop()


async def test_whoever_comes_in_is_asked_for_bans_again(db: None) -> None:
    side = TimelineService(settings.SHOWFLOOR, Database())
    assert side._hub.check_again == side.auth_cache.check_again
    await side._commands.stop()
