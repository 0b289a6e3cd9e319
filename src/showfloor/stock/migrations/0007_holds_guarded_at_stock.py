from django.db import migrations

from showfloor.accounts.orphan_guards import guard_at_parent


class Migration(migrations.Migration):

    dependencies = [
        ('stock', '0006_locations_and_alarms'),
    ]

    operations = [
        guard_at_parent("stock_hold", "stock_id", "stock_stock"),
    ]
