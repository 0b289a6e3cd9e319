import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('shows', '0001_initial'),
        ('shows', '0002_backstage'),
        ('shows', '0003_backstage_for_all'),
        ('shows', '0004_typed_rundown'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        ('catalogue', '0001_squashed_0012_further_pictures'),
        ('media', '0001_squashed_0002_retired_key'),
        ('timeline', '0001_squashed_0007_ticks_without_entry_index'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Host',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('about', models.CharField(blank=True, max_length=200, verbose_name='about')),
                    ('picture', models.ImageField(blank=True, upload_to='hosts', verbose_name='picture')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'host',
                    'verbose_name_plural': 'hosts',
                    'ordering': ['name'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Show',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('slug', models.SlugField(max_length=80, unique=True, verbose_name='address')),
                    ('title', models.CharField(max_length=120, verbose_name='title')),
                    ('description', models.TextField(blank=True, max_length=4000, verbose_name='description')),
                    ('cover', models.ImageField(blank=True, upload_to='covers', verbose_name='cover')),
                    ('state', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('live', 'Live'), ('ended', 'Ended')], default='draft', max_length=10, verbose_name='state')),
                    ('published', models.BooleanField(default=False, verbose_name='published')),
                    ('is_test', models.BooleanField(default=False, verbose_name='test show')),
                    ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='starts at')),
                    ('started_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='started at')),
                    ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                    ('peak_viewers', models.PositiveIntegerField(default=0, editable=False, verbose_name='most viewers')),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('backstage', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='timeline.timeline')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('channel', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='show', to='media.channel')),
                    ('hosts', models.ManyToManyField(blank=True, related_name='shows', to='shows.host', verbose_name='hosts')),
                    ('timeline', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='show', to='timeline.timeline')),
                ],
                options={
                    'verbose_name': 'show',
                    'verbose_name_plural': 'shows',
                    'ordering': ['-starts_at'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('started_at__isnull', True), ('state__in', ['draft', 'scheduled'])), models.Q(('started_at__isnull', False), ('state__in', ['live', 'ended'])), _connector='OR'), name='show_started_when_live')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='RundownItem',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(db_default='product', default='product', max_length=20, verbose_name='kind')),
                    ('payload', models.JSONField(blank=True, default=dict)),
                    ('position', models.PositiveIntegerField(verbose_name='position')),
                    ('product', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.product', verbose_name='product')),
                    ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rundown', to='shows.show')),
                ],
                options={
                    'ordering': ['position'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('show', 'product'), name='rundown_product_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'product'), ('product__isnull', False)), models.Q(models.Q(('kind', 'product'), _negated=True), ('product__isnull', True)), _connector='OR'), name='rundown_item_of_its_kind')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Highlight',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('started_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('products', models.ManyToManyField(related_name='+', to='catalogue.product')),
                    ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='highlights', to='shows.show')),
                ],
                options={
                    'ordering': ['started_at'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Broadcast',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('number', models.PositiveIntegerField(verbose_name='number')),
                    ('protocol', models.CharField(default='rtmp', max_length=10, verbose_name='protocol')),
                    ('encoder', models.CharField(blank=True, max_length=120, verbose_name='encoder')),
                    ('started_at', models.DateTimeField(verbose_name='started at')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                    ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='broadcasts', to='shows.show')),
                ],
                options={
                    'ordering': ['number'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('show', 'number'), name='broadcast_number')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
