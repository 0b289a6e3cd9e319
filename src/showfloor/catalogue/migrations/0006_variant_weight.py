"""Variants have a weight."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0005_product_tax_class'),
    ]

    operations = [
        migrations.AddField(
            model_name='variant',
            name='weight_g',
            field=models.PositiveIntegerField(blank=True, help_text='With its packing, for the price of sending it.', null=True, verbose_name='weight, grams'),
        ),
    ]
