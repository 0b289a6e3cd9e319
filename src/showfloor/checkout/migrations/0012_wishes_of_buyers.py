"""Addresses by country, members' addresses, bands of shipping, vouchers and gifts."""

import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_prices_include_tax'),
        ('checkout', '0011_cart_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedAddress',
            fields=[
                ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('line1', models.CharField(blank=True, max_length=120, verbose_name='street and number')),
                ('line2', models.CharField(blank=True, max_length=120, verbose_name='address, second line')),
                ('postal_code', models.CharField(blank=True, max_length=16, verbose_name='postal code')),
                ('city', models.CharField(blank=True, max_length=80, verbose_name='city')),
                ('region', models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='region')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('owner', models.CharField(max_length=64)),
                ('is_default', models.BooleanField(default=False, verbose_name='default')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'saved address',
                'verbose_name_plural': 'saved addresses',
                'ordering': ['-is_default', 'created_at', 'id'],
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='checkout',
            name='gift_note',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='gift note'),
        ),
        migrations.AddField(
            model_name='checkout',
            name='region',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='region'),
        ),
        migrations.AddField(
            model_name='checkout',
            name='vat_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='VAT number'),
        ),
        migrations.AddField(
            model_name='checkout',
            name='voucher',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='checkout',
            name='weight_g',
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='deliver_from',
            field=models.DateField(blank=True, null=True, verbose_name='expected from'),
        ),
        migrations.AddField(
            model_name='order',
            name='deliver_to',
            field=models.DateField(blank=True, null=True, verbose_name='expected until'),
        ),
        migrations.AddField(
            model_name='order',
            name='gift_note',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='gift note'),
        ),
        migrations.AddField(
            model_name='order',
            name='pickup',
            field=models.CharField(blank=True, db_default='', default='', max_length=410, verbose_name='pick-up'),
        ),
        migrations.AddField(
            model_name='order',
            name='region',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='region'),
        ),
        migrations.AddField(
            model_name='order',
            name='vat_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='VAT number'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='days_max',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='working days, at most'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='days_min',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Until it is there; the buyer sees the dates.', null=True, verbose_name='working days, at least'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='free_from',
            field=models.PositiveBigIntegerField(blank=True, help_text='From this value on it costs nothing. Empty: never free.', null=True, verbose_name='free from value of the goods'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='kind',
            field=models.CharField(choices=[('delivery', 'Delivery to the address'), ('pickup', 'Pick-up by the buyer')], db_default='delivery', default='delivery', max_length=10, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='pickup_address',
            field=models.CharField(blank=True, max_length=200, verbose_name='address of the pick-up point'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='pickup_hours',
            field=models.CharField(blank=True, max_length=200, verbose_name='opening hours'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='value_from',
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='from value of the goods'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='value_to',
            field=models.PositiveBigIntegerField(blank=True, help_text='Empty: any value.', null=True, verbose_name='below value of the goods'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='weight_from_g',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Of all goods together; those without a weight count nothing.', verbose_name='from weight, grams'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='weight_to_g',
            field=models.PositiveIntegerField(blank=True, help_text='Empty: any weight.', null=True, verbose_name='below weight, grams'),
        ),
        migrations.AddField(
            model_name='shippingoption',
            name='wrapping_price',
            field=models.PositiveBigIntegerField(blank=True, help_text='Empty: nothing is wrapped for this way of sending.', null=True, verbose_name='price of gift wrapping'),
        ),
        migrations.AddConstraint(
            model_name='shippingoption',
            constraint=models.CheckConstraint(condition=models.Q(('weight_to_g__isnull', True), ('weight_to_g__gt', models.F('weight_from_g')), _connector='OR'), name='shipping_weight_band', violation_error_message='The upper weight must be more than the lower one.'),
        ),
        migrations.AddConstraint(
            model_name='shippingoption',
            constraint=models.CheckConstraint(condition=models.Q(('value_to__isnull', True), ('value_to__gt', models.F('value_from')), _connector='OR'), name='shipping_value_band', violation_error_message='The upper value must be more than the lower one.'),
        ),
        migrations.AddConstraint(
            model_name='shippingoption',
            constraint=models.CheckConstraint(condition=models.Q(('days_max__isnull', True), models.Q(('days_max__gte', models.F('days_min')), ('days_min__isnull', False)), _connector='OR'), name='shipping_days_in_order', violation_error_message='The least days come first and are not more.'),
        ),
        migrations.AddField(
            model_name='savedaddress',
            name='brand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand'),
        ),
        migrations.AddIndex(
            model_name='savedaddress',
            index=models.Index(fields=['brand', 'owner'], name='saved_address_of_owner'),
        ),
        migrations.AddConstraint(
            model_name='savedaddress',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('brand', 'owner'), name='saved_address_one_default'),
        ),
    ]
