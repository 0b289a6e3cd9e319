from django.db import migrations

from showfloor.accounts.orphan_guards import guard_at_parent


class Migration(migrations.Migration):

    dependencies = [
        ('timeline', '0007_ticks_without_entry_index'),
    ]

    operations = [
        guard_at_parent("timeline_entry", "timeline_id", "timeline_timeline"),
    ]
