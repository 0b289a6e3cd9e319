import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('outbox', '0001_initial'),
        ('outbox', '0002_mails_of_orders_and_accounts'),
        ('outbox', '0003_keys_without_like_indexes'),
        ('outbox', '0004_indexes_for_queries'),
        ('outbox', '0005_words_of_mails'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='IdempotencyKey',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('scope', models.CharField(max_length=160)),
                    ('key', models.CharField(max_length=255)),
                    ('fingerprint', models.CharField(max_length=64)),
                    ('status', models.PositiveSmallIntegerField()),
                    ('body', models.JSONField()),
                    ('created_at', models.DateTimeField(db_index=True)),
                    ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'db_table': 'checkout_idempotencykey',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'scope', 'key'), name='idempotency_key_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='MailWording',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=40, verbose_name='mail')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('subject', models.CharField(blank=True, max_length=150, verbose_name='subject')),
                    ('headline', models.CharField(blank=True, max_length=150, verbose_name='headline')),
                    ('text', models.TextField(blank=True, help_text='Below the headline. A blank line begins a new paragraph.', max_length=4000, verbose_name='text')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'text of a mail',
                    'verbose_name_plural': 'texts of mails',
                    'ordering': ['kind', 'language'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'kind', 'language'), name='mail_wording_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='OutgoingMessage',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=10, verbose_name='channel')),
                    ('kind', models.CharField(max_length=40, verbose_name='kind')),
                    ('cause', models.CharField(blank=True, max_length=100)),
                    ('recipient', models.CharField(max_length=320, verbose_name='to')),
                    ('sender', models.CharField(blank=True, max_length=320)),
                    ('subject', models.CharField(blank=True, max_length=400, verbose_name='subject')),
                    ('text', models.TextField(blank=True, verbose_name='text')),
                    ('html', models.TextField(blank=True)),
                    ('message_id', models.CharField(max_length=200)),
                    ('is_transient', models.BooleanField(default=False)),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed')], default='queued', max_length=10, verbose_name='state')),
                    ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                    ('due_at', models.DateTimeField()),
                    ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                    ('created_at', models.DateTimeField(verbose_name='created at')),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                    ('brand', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'outgoing message',
                    'verbose_name_plural': 'outgoing messages',
                    'ordering': ['-created_at'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['state', 'due_at'], name='message_by_state'), models.Index(fields=['brand', '-created_at', '-id'], name='message_by_time'), models.Index(models.F('brand'), django.db.models.functions.text.Lower('recipient'), name='message_by_recipient')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('cause__gt', '')), fields=('cause', 'kind'), name='message_once_per_cause')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
