"""A host name is the brand's once it is proven. Those that brands have were set up by the operator."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

import showfloor.accounts.models


def trust_present_names(apps, schema_editor):
    Brand = apps.get_model("accounts", "Brand")
    for brand in Brand.objects.all():
        brand.host_token = showfloor.accounts.models.new_host_token()
        brand.save(update_fields=["host_token"])
    Brand.objects.exclude(host_name="").update(host_verified_at=Now())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_installation")]

    operations = [
        migrations.AddField(
            "brand",
            "host_verified_at",
            models.DateTimeField(editable=False, null=True, verbose_name="host name proven"),
        ),
        migrations.AddField(
            "brand",
            "host_token",
            models.CharField(
                default=showfloor.accounts.models.new_host_token, editable=False, max_length=32
            ),
        ),
        migrations.RunPython(trust_present_names, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("brand", "brand_host_name_unique"),
        migrations.AddConstraint(
            "brand",
            models.UniqueConstraint(
                condition=Q(host_verified_at__isnull=False),
                fields=("host_name",),
                name="verified_host_name_unique",
            ),
        ),
    ]
