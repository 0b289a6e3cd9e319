"""Carts count their changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0010_amounts_of_payments")]

    operations = [
        migrations.AddField(
            "cart", "version", models.PositiveBigIntegerField(default=0)
        ),
    ]
