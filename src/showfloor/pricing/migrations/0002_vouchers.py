"""Vouchers and their uses."""

import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_prices_include_tax'),
        ('catalogue', '0006_variant_weight'),
        ('pricing', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('batch', models.CharField(blank=True, help_text='The name of codes made together.', max_length=40, verbose_name='batch')),
                ('kind', models.CharField(choices=[('amount', 'Amount off'), ('percent', 'Percent off'), ('free-shipping', 'Free shipping')], default='amount', max_length=15, verbose_name='kind')),
                ('value', models.PositiveBigIntegerField(default=0, verbose_name='value')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('minimum', models.PositiveBigIntegerField(default=0, help_text='Of the goods that the code is for.', verbose_name='minimum value of the goods')),
                ('moment', models.CharField(choices=[('always', 'Always'), ('live', 'For goods from a show that is live'), ('replay', 'For goods from a replay')], default='always', max_length=10, verbose_name='moment')),
                ('show', models.CharField(blank=True, help_text='The address of the one show that it is for. Empty: any show, or none.', max_length=80, verbose_name='show')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('limit', models.PositiveIntegerField(blank=True, help_text='Empty: any number.', null=True, verbose_name='uses in all')),
                ('limit_per_person', models.PositiveIntegerField(blank=True, help_text='Empty: any number.', null=True, verbose_name='uses by one person')),
                ('used', models.PositiveIntegerField(default=0, editable=False, verbose_name='used')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ('categories', models.ManyToManyField(blank=True, related_name='+', to='catalogue.category', verbose_name='categories')),
                ('products', models.ManyToManyField(blank=True, help_text='With the categories: the goods that it is for. None of both: all goods.', related_name='+', to='catalogue.product', verbose_name='products')),
            ],
            options={
                'verbose_name': 'voucher',
                'verbose_name_plural': 'vouchers',
                'ordering': ['-created_at', 'code'],
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='VoucherUse',
            fields=[
                ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                ('checkout', models.CharField(max_length=32, unique=True)),
                ('owner', models.CharField(max_length=64)),
                ('email', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('held', 'Held for an open checkout'), ('ordered', 'Ordered')], default='held', max_length=10)),
                ('discount', models.PositiveBigIntegerField(default=0, verbose_name='taken off')),
                ('total', models.PositiveBigIntegerField(default=0, verbose_name='total of the order')),
                ('created_at', models.DateTimeField()),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='uses', to='pricing.voucher')),
            ],
            options={
                'verbose_name': 'use of a voucher',
                'verbose_name_plural': 'uses of vouchers',
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(fields=('brand', 'code'), name='voucher_code_unique'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('limit__isnull', True), ('used__lte', models.F('limit')), _connector='OR'), name='voucher_within_limit', violation_error_message='It has been used more often than that already.'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'percent'), _negated=True), ('value__lte', 10000), _connector='OR'), name='voucher_percent_of_whole', violation_error_message='At most 100 percent.'),
        ),
        migrations.AddIndex(
            model_name='voucheruse',
            index=models.Index(fields=['voucher', 'owner'], name='voucher_use_by_owner'),
        ),
        migrations.AddIndex(
            model_name='voucheruse',
            index=models.Index(fields=['voucher', 'email'], name='voucher_use_by_email'),
        ),
    ]
