from django.db import migrations

from showfloor.accounts.orphan_guards import guard_at_parent


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0005_words_of_mails'),
    ]

    operations = [
        guard_at_parent("checkout_idempotencykey", "brand_id", "accounts_brand"),
    ]
