import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.conf import settings
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


def leave_room_on_pages(_apps, editor):
    """Let the row of a counter, which every hold changes, be changed within its page."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE stock_stock SET (fillfactor = 50)")


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('stock', '0001_initial'),
        ('stock', '0002_movements'),
        ('stock', '0003_kept_goods'),
        ('stock', '0004_what_is_forgotten'),
        ('stock', '0005_ledger'),
        ('stock', '0006_locations_and_alarms'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        ('catalogue', '0001_squashed_0012_further_pictures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Location',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('is_main', models.BooleanField(default=False, editable=False, verbose_name='main location')),
                    ('position', models.PositiveIntegerField(default=0, help_text='Sold units leave the main location first, then the others in this order.', verbose_name='position')),
                    ('archived', models.BooleanField(default=False, verbose_name='closed')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'location',
                    'verbose_name_plural': 'locations',
                    'ordering': ['-is_main', 'position', 'name'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'name'), name='location_name_unique'), models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('brand',), name='location_one_main')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Stock',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('on_hand', models.PositiveIntegerField(default=0, verbose_name='on hand')),
                    ('reserved', models.PositiveIntegerField(default=0, editable=False, verbose_name='reserved')),
                    ('version', models.PositiveBigIntegerField(default=0, editable=False)),
                    ('feed_quantity', models.PositiveIntegerField(editable=False, null=True)),
                    ('is_spread', models.BooleanField(db_default=False, default=False, editable=False)),
                    ('low_at', models.PositiveIntegerField(blank=True, help_text="So many free units or fewer raise an alarm. Empty: the brand's number; 0: only when it is sold out.", null=True, verbose_name='low at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('variant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='stock', to='catalogue.variant', verbose_name='variant')),
                ],
                options={
                    'verbose_name': 'stock level',
                    'verbose_name_plural': 'stock levels',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('on_hand'))), name='stock_reserved_within_on_hand')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='LowStockAlarm',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('raised_at', models.DateTimeField(verbose_name='since')),
                    ('available', models.IntegerField(verbose_name='available then')),
                    ('threshold', models.PositiveIntegerField(verbose_name='low at')),
                    ('told_at', models.DateTimeField(null=True, verbose_name='staff told at')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                    ('stock', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='stock.stock')),
                ],
                options={
                    'verbose_name': 'low-stock alarm',
                    'verbose_name_plural': 'low-stock alarms',
                    'ordering': ['-raised_at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(condition=models.Q(('told_at__isnull', True)), fields=['raised_at'], name='alarm_untold')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('stock',), name='low_stock_alarm_open')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='LocationStock',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('on_hand', models.PositiveIntegerField(verbose_name='on hand')),
                    ('location', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='stock.location', verbose_name='location')),
                    ('stock', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='elsewhere', to='stock.stock')),
                ],
                options={
                    'verbose_name': 'stock at a location',
                    'verbose_name_plural': 'stock at locations',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('stock', 'location'), name='location_stock_once'), models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='location_stock_not_negative')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Hold',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('owner', models.CharField(max_length=64)),
                    ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                    ('state', models.CharField(choices=[('active', 'Active'), ('claimed', 'Claimed'), ('released', 'Released'), ('expired', 'Expired')], default='active', max_length=10, verbose_name='state')),
                    ('created_at', models.DateTimeField(verbose_name='created at')),
                    ('expires_at', models.DateTimeField(verbose_name='expires at')),
                    ('stock', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.RESTRICT, related_name='holds', to='stock.stock')),
                ],
                options={
                    'verbose_name': 'hold',
                    'verbose_name_plural': 'holds',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['owner'], name='hold_of_owner'), models.Index(fields=['stock', 'state', 'expires_at'], name='hold_of_stock'), models.Index(fields=['state', 'expires_at'], name='hold_by_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='hold_of_at_least_one')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='StockMovement',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('change', models.IntegerField(verbose_name='change')),
                    ('on_hand', models.PositiveIntegerField(verbose_name='on hand afterwards')),
                    ('reason', models.CharField(choices=[('opening', 'Opening count'), ('received', 'Received'), ('returned', 'Returned'), ('damaged', 'Damaged or lost'), ('correction', 'Correction'), ('counted', 'Counted'), ('file', 'Product file'), ('moved', 'Moved to another location'), ('sold', 'Sold'), ('cancelled', 'Order cancelled')], max_length=12, verbose_name='reason')),
                    ('owner', models.CharField(blank=True, max_length=64)),
                    ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('location', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='stock.location', verbose_name='location')),
                    ('stock', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='movements', to='stock.stock')),
                ],
                options={
                    'verbose_name': 'stock movement',
                    'verbose_name_plural': 'stock movements',
                    'ordering': ['-at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['stock', '-at'], name='movement_of_stock'), models.Index(condition=models.Q(('location__isnull', False)), fields=['owner'], name='movement_elsewhere')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='StockSettings',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('low_at', models.PositiveIntegerField(blank=True, help_text='So many free units or fewer of a variant raise an alarm. Empty: no alarms.', null=True, verbose_name='low at')),
                    ('mails_alarms', models.BooleanField(default=True, help_text='To the owners and producers, gathered into one mail a minute at most.', verbose_name='mail alarms to staff')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'stock settings',
                    'verbose_name_plural': 'stock settings',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand',), name='stock_settings_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
        migrations.RunPython(leave_room_on_pages, migrations.RunPython.noop),
    ]
