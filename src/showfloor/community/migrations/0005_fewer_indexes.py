from django.db import migrations

from showfloor.accounts.prefix_indexes import drop_prefix_indexes


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0004_addresses'),
    ]

    operations = [
        drop_prefix_indexes('community_message', 'community_pin', 'community_announcement'),
    ]
