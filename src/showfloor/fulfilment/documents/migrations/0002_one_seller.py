"""The company on invoices moves into the one table of seller's details; the rest of the row becomes
the settings of invoices. What invoices said wins over what stood there."""

from django.db import migrations, models

SAME = (
    "line1", "line2", "postal_code", "city", "country", "tax_number", "registration", "email",
    "phone", "exempt_note",
)
MOVED = ("legal_name", "vat_id", *SAME)


def move(apps, schema_editor):
    profiles = apps.get_model("legal", "SellerProfile").unscoped
    for old in apps.get_model("documents", "SellerDetails").unscoped.all():
        profile, _made = profiles.get_or_create(brand_id=old.brand_id)
        profile.company = old.legal_name
        profile.vat_number = old.vat_id or profile.vat_number
        for name in SAME:
            setattr(profile, name, getattr(old, name))
        profile.save()


class Migration(migrations.Migration):

    dependencies = [
        ("documents", "0001_initial"),
        ("legal", "0002_one_seller"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveConstraint("sellerdetails", "seller_details_once"),
        *[migrations.RemoveField("sellerdetails", name) for name in MOVED],
        migrations.RenameModel("SellerDetails", "InvoiceSettings"),
        migrations.AlterModelOptions(
            name="invoicesettings",
            options={
                "base_manager_name": "unscoped", "default_manager_name": "unscoped",
                "verbose_name": "invoice settings", "verbose_name_plural": "invoice settings",
            },
        ),
        migrations.AddConstraint(
            "invoicesettings",
            models.UniqueConstraint(fields=("brand",), name="invoice_settings_once"),
        ),
    ]
