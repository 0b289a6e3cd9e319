from django.db import migrations

from showfloor.accounts.orphan_guards import guard_at_parent


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0006_notices'),
    ]

    operations = [
        guard_at_parent("community_message", "show_id", "shows_show"),
    ]
