"""The seller's tax registration moves into the one table of seller's details."""

from django.db import migrations


def move(apps, schema_editor):
    profiles = apps.get_model("legal", "SellerProfile").unscoped
    for old in apps.get_model("pricing", "SellerTax").unscoped.all():
        profile, _made = profiles.get_or_create(brand_id=old.brand_id)
        profile.ships_from = old.country
        profile.vat_number = profile.vat_number or old.vat_number
        profile.save()


class Migration(migrations.Migration):

    dependencies = [
        ("pricing", "0004_markets_and_price_lists"),
        ("legal", "0002_one_seller"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel("SellerTax"),
    ]
