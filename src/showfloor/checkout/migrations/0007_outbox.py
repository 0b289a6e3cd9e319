from django.db import migrations


class Migration(migrations.Migration):
    """Mails and idempotency keys belong to the outbox from now on."""

    dependencies = [
        ('checkout', '0006_what_is_forgotten'),
        ('outbox', '0002_mails_of_orders_and_accounts'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='IdempotencyKey')],
        ),
        migrations.DeleteModel(name='OutgoingMail'),
    ]
