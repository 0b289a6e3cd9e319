"""The timeline service: parts that its endpoints share."""

from django.conf import settings

from showfloor.accounts.database_threads import Database
from showfloor.roles.timeline_service import TimelineService


async def test_sockets_and_posts_share_one_rate_limit_per_person(db: None) -> None:
    service = TimelineService(settings.SHOWFLOOR, Database())
    posts = service._endpoints._commands
    assert posts is not None
    assert service._registry.rate_limit is posts._rate_limit
    await service._commands.stop()


async def test_bans_are_checked_again_when_a_connection_joins(db: None) -> None:
    service = TimelineService(settings.SHOWFLOOR, Database())
    assert service._hub.check_again == service.authorizer.check_again
    await service._commands.stop()
