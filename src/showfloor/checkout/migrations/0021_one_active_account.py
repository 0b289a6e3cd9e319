from django.db import migrations


def make_index_again(_apps, editor):
    """Give PostgreSQL the index back that an earlier migration dropped beside the one it meant: an
    index of a foreign key that goes takes each index of the same column along, but for those in
    `Meta.indexes`, and this one is a constraint's."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS payment_account_one_active"
            " ON checkout_paymentaccount (brand_id) WHERE active"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0001_squashed_0020_downloads'),
    ]

    operations = [
        migrations.RunPython(make_index_again, migrations.RunPython.noop),
    ]
