import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('media', '0001_initial'),
        ('media', '0002_retired_key'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Channel',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('key_version', models.PositiveIntegerField(default=1)),
                    ('key_hash', models.CharField(max_length=64, unique=True)),
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
                name='RetiredKey',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('key_hash', models.CharField(max_length=64, unique=True)),
                    ('key_version', models.PositiveIntegerField()),
                    ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='retired_keys', to='media.channel')),
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
        ]),
    ]
