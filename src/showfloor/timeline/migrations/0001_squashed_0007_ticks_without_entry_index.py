import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


def leave_room_on_pages(_apps, editor):
    """Let the row of a timeline, which every entry changes, be changed within its page."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE timeline_timeline SET (fillfactor = 50)")


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('timeline', '0001_initial'),
        ('timeline', '0002_ticks'),
        ('timeline', '0003_person_stream'),
        ('timeline', '0004_recall'),
        ('timeline', '0005_recall_epoch'),
        ('timeline', '0006_fewer_indexes'),
        ('timeline', '0007_ticks_without_entry_index'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Timeline',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('seq', models.BigIntegerField(default=0)),
                    ('epoch', models.CharField(default=showfloor.kernel.ids.new_id, max_length=26)),
                    ('last_at', models.BigIntegerField(default=0)),
                    ('tick', models.BigIntegerField(default=0)),
                    ('ticked_seq', models.BigIntegerField(default=0)),
                    ('ticked_at', models.BigIntegerField(default=0)),
                    ('redactions', models.BigIntegerField(default=0)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Recall',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('first', models.BigIntegerField()),
                    ('last', models.BigIntegerField()),
                    ('epoch', models.CharField(blank=True, max_length=26)),
                    ('timeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='timeline.timeline')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Tick',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('number', models.BigIntegerField()),
                    ('first', models.BigIntegerField()),
                    ('last', models.BigIntegerField()),
                    ('at', models.BigIntegerField()),
                    ('timeline', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ticks', to='timeline.timeline')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('timeline', 'number'), name='tick_number_unique')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='PersonStream',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('subject', models.CharField(max_length=64)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('timeline', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='timeline.timeline')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'subject'), name='one_stream_per_person')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('seq', models.BigIntegerField()),
                    ('at', models.BigIntegerField()),
                    ('picture_at', models.BigIntegerField(null=True)),
                    ('kind', models.CharField(max_length=40)),
                    ('body', models.TextField()),
                    ('actor', models.CharField(blank=True, max_length=64)),
                    ('timeline', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='timeline.timeline')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('timeline', 'seq'), name='entry_seq_unique')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
        migrations.RunPython(leave_room_on_pages, migrations.RunPython.noop),
    ]
