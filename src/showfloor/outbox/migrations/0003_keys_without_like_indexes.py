from django.db import migrations

TABLE = "checkout_idempotencykey"


def drop_like_indexes(_apps, editor):
    """Drop the second index that Django makes for each key of characters on PostgreSQL: it serves
    a search by the beginning of an id, which nobody makes, and every tap of a buyer pays for it."""
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = %s"
            " AND indexdef LIKE '%%varchar_pattern_ops%%'",
            (TABLE,),
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0002_mails_of_orders_and_accounts'),
    ]

    operations = [
        migrations.RunPython(drop_like_indexes, migrations.RunPython.noop),
    ]
