import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('daily_close', '0001_initial'),
        ('daily_close', '0002_not_ours'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='DailyClose',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('day', models.DateField(verbose_name='day')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                    ('closed_by', models.CharField(blank=True, max_length=254, verbose_name='closed by')),
                    ('difference_count', models.PositiveIntegerField(default=0, verbose_name='differences')),
                    ('figures', models.JSONField(default=dict)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'daily close',
                    'verbose_name_plural': 'daily closes',
                    'ordering': ['-day'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'day'), name='daily_close_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='CloseEvent',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=8)),
                    ('at', models.DateTimeField()),
                    ('by', models.CharField(max_length=254)),
                    ('reason', models.CharField(blank=True, max_length=300)),
                    ('figures', models.JSONField(default=dict)),
                    ('close', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='daily_close.dailyclose')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Payout',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('provider', models.CharField(max_length=20)),
                    ('account', models.CharField(max_length=64)),
                    ('is_test', models.BooleanField(default=False)),
                    ('is_shared', models.BooleanField(default=False)),
                    ('name', models.CharField(max_length=120)),
                    ('state', models.CharField(max_length=20)),
                    ('stated', models.BigIntegerField()),
                    ('currency', models.CharField(max_length=3)),
                    ('at', models.DateTimeField()),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'at'], name='payout_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('brand', 'provider', 'account', 'name'), name='payout_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='BalanceLine',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('provider', models.CharField(max_length=20)),
                    ('account', models.CharField(max_length=64)),
                    ('is_test', models.BooleanField(default=False)),
                    ('name', models.CharField(max_length=120)),
                    ('kind', models.CharField(max_length=12)),
                    ('reference', models.CharField(blank=True, max_length=120)),
                    ('amount', models.BigIntegerField()),
                    ('fee', models.BigIntegerField(default=0)),
                    ('currency', models.CharField(max_length=3)),
                    ('at', models.DateTimeField()),
                    ('payout', models.CharField(blank=True, default='', max_length=120)),
                    ('is_foreign', models.BooleanField(default=False)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'at'], name='balance_line_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('brand', 'provider', 'account', 'name'), name='balance_line_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
