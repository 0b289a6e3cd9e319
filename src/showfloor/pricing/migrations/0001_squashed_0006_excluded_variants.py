import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('pricing', '0001_initial'),
        ('pricing', '0002_vouchers'),
        ('pricing', '0003_vat_and_dated_rates'),
        ('pricing', '0004_markets_and_price_lists'),
        ('pricing', '0005_one_seller'),
        ('pricing', '0006_excluded_variants'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        ('catalogue', '0001_squashed_0012_further_pictures'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Market',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('code', models.SlugField(help_text='In addresses: ch makes /ch/ the address of this market.', max_length=20, verbose_name='short name')),
                    ('countries', models.JSONField(blank=True, default=list, help_text='For example ["CH", "LI"].', verbose_name='countries')),
                    ('currency', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}\\Z', 'A currency has three letters, like EUR.')], verbose_name='currency')),
                    ('host_name', models.CharField(blank=True, help_text="Below the brand's own host name. Empty: the market has only its path.", max_length=253, verbose_name='host name')),
                    ('prices_include_tax', models.BooleanField(default=True, verbose_name='prices include tax')),
                    ('tax_country', models.CharField(blank=True, help_text='Until the buyer has said where the goods go.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\Z', 'Two capital letters, for example DE.')], verbose_name='country whose tax is shown')),
                    ('active', models.BooleanField(default=True, verbose_name='active')),
                    ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'market',
                    'verbose_name_plural': 'markets',
                    'ordering': ['position', 'name'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'code'), name='market_code_unique'), models.UniqueConstraint(condition=models.Q(('host_name', ''), _negated=True), fields=('host_name',), name='market_host_name_unique')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='MarketExclusion',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('market', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exclusions', to='pricing.market', verbose_name='market')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.product', verbose_name='product')),
                    ('variant', models.ForeignKey(blank=True, help_text='Empty: all variants of the product.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.variant', verbose_name='variant')),
                ],
                options={
                    'verbose_name': 'product that is not sold there',
                    'verbose_name_plural': 'products that are not sold there',
                    'ordering': ['pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('variant__isnull', True)), fields=('market', 'product'), name='product_excluded_once_from_market'), models.UniqueConstraint(fields=('market', 'variant'), name='variant_excluded_once_from_market')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='PriceList',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(help_text='For you, in lists.', max_length=80, verbose_name='name')),
                    ('label', models.CharField(blank=True, help_text='Beside the reduction in cart, order and invoice; empty: the name.', max_length=60, verbose_name='name for buyers')),
                    ('kind', models.CharField(choices=[('regular', 'Regular prices'), ('sale', 'Sale')], default='sale', help_text='Regular prices are what the goods cost from a day on. A sale is a reduction for a time: buyers see the price before and the lowest of the last 30 days.', max_length=8, verbose_name='kind')),
                    ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                    ('starts_at', models.DateTimeField(verbose_name='from')),
                    ('ends_at', models.DateTimeField(blank=True, help_text='Empty: without end.', null=True, verbose_name='until')),
                    ('published', models.BooleanField(default=False, help_text='A draft changes no price.', verbose_name='published')),
                    ('announced_at', models.DateTimeField(editable=False, null=True)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('market', models.ForeignKey(blank=True, help_text='Empty: everywhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pricing.market', verbose_name='market')),
                ],
                options={
                    'verbose_name': 'price list',
                    'verbose_name_plural': 'price lists',
                    'ordering': ['-starts_at', 'name'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'starts_at'], name='price_lists_of_brand')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='price_list_ends_after_its_start', violation_error_message='The list ends before it begins.')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='PriceListItem',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('amount', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='price, minor units')),
                    ('percent_bp', models.PositiveIntegerField(blank=True, null=True, verbose_name='percent off, basis points')),
                    ('since', models.DateTimeField(verbose_name='from')),
                    ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='pricing.pricelist', verbose_name='price list')),
                    ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.variant', verbose_name='variant')),
                ],
                options={
                    'verbose_name': 'price on the list',
                    'verbose_name_plural': 'prices on the list',
                    'ordering': ['pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['variant', 'since'], name='listed_prices_of_variant')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('price_list', 'variant'), name='variant_once_on_price_list'), models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', False), ('percent_bp__isnull', True)), models.Q(('amount__isnull', True), ('percent_bp__gte', 1), ('percent_bp__lte', 10000)), _connector='OR'), name='listed_price_is_amount_or_percent')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='TaxRate',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('country', models.CharField(max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\Z', 'Two capital letters, for example DE.')], verbose_name='country')),
                    ('tax_class', models.CharField(choices=[('standard', 'Standard'), ('reduced', 'Reduced'), ('second-reduced', 'Reduced, second rate'), ('super-reduced', 'Greatly reduced'), ('zero', 'Without tax')], default='standard', max_length=16, verbose_name='class of goods')),
                    ('rate_bp', models.PositiveIntegerField(help_text='1900 = 19 %.', validators=[django.core.validators.MaxValueValidator(10000)], verbose_name='rate, basis points')),
                    ('valid_from', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='from')),
                    ('source', models.CharField(blank=True, editable=False, max_length=80, verbose_name='source')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'tax rate',
                    'verbose_name_plural': 'tax rates',
                    'ordering': ['country', 'tax_class', 'valid_from'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'country', 'tax_class', 'valid_from', 'source'), name='tax_rate_of_country_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='VatCheck',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('number', models.CharField(max_length=20, verbose_name='VAT number')),
                    ('is_valid', models.BooleanField(verbose_name='registered')),
                    ('consultation', models.CharField(blank=True, max_length=40, verbose_name='consultation number')),
                    ('checked_at', models.DateTimeField(verbose_name='checked at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'VAT number check',
                    'verbose_name_plural': 'VAT number checks',
                    'ordering': ['-checked_at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'number', '-checked_at'], name='vat_check_of_number'), models.Index(fields=['checked_at'], name='vat_check_by_age')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
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
                    'constraints': [models.UniqueConstraint(fields=('brand', 'code'), name='voucher_code_unique'), models.CheckConstraint(condition=models.Q(('limit__isnull', True), ('used__lte', models.F('limit')), _connector='OR'), name='voucher_within_limit', violation_error_message='It has been used more often than that already.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'percent'), _negated=True), ('value__lte', 10000), _connector='OR'), name='voucher_percent_of_whole', violation_error_message='At most 100 percent.')],
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
                    'indexes': [models.Index(fields=['voucher', 'owner'], name='voucher_use_by_owner'), models.Index(fields=['voucher', 'email'], name='voucher_use_by_email')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
