import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import django.utils.timezone
import showfloor.kernel.ids
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('documents', '0001_initial'),
        ('documents', '0002_one_seller'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        ('checkout', '0001_squashed_0020_downloads'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Document',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('invoice', 'Invoice'), ('credit-note', 'Credit note')], max_length=12, verbose_name='kind')),
                    ('is_test', models.BooleanField(default=False, verbose_name='test order')),
                    ('position', models.PositiveIntegerField(verbose_name='position in its ring')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('cause', models.CharField(blank=True, max_length=160)),
                    ('currency', models.CharField(max_length=3, verbose_name='currency')),
                    ('net', models.BigIntegerField(verbose_name='net, minor units')),
                    ('tax', models.BigIntegerField(verbose_name='tax, minor units')),
                    ('gross', models.BigIntegerField(verbose_name='gross, minor units')),
                    ('content', models.JSONField()),
                    ('issued_at', models.DateTimeField(verbose_name='issued at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='documents.document', verbose_name='corrects')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='checkout.order', verbose_name='order')),
                ],
                options={
                    'verbose_name': 'invoice or credit note',
                    'verbose_name_plural': 'invoices and credit notes',
                    'ordering': ['-issued_at', '-position'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'issued_at'], name='document_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('brand', 'kind', 'is_test', 'position'), name='document_position_once'), models.UniqueConstraint(fields=('order', 'kind', 'cause'), name='document_once'), models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='document_gross_is_sum')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='DocumentFile',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('pdf', models.BinaryField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('made_at', models.DateTimeField()),
                    ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file', to='documents.document')),
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
                name='InvoiceSettings',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('issue_at', models.CharField(choices=[('payment', 'When the order is paid'), ('shipment', 'When the first parcel is sent')], default='payment', max_length=10, verbose_name='invoices are issued')),
                    ('invoice_prefix', models.CharField(blank=True, default='R-', max_length=12, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9/_.-]*\\Z', 'Letters, digits and the signs / _ . -')], verbose_name='prefix of invoice numbers')),
                    ('credit_prefix', models.CharField(blank=True, default='G-', max_length=12, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9/_.-]*\\Z', 'Letters, digits and the signs / _ . -')], verbose_name='prefix of credit note numbers')),
                    ('issue_from', models.DateTimeField(default=django.utils.timezone.now, help_text='Orders that were paid earlier get none by themselves.', verbose_name='invoices for orders paid from')),
                    ('issued_up_to', models.CharField(blank=True, default='', editable=False, max_length=26)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'invoice settings',
                    'verbose_name_plural': 'invoice settings',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand',), name='invoice_settings_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='NumberRing',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('invoice', 'Invoice'), ('credit-note', 'Credit note')], max_length=12)),
                    ('is_test', models.BooleanField(default=False)),
                    ('next_number', models.PositiveIntegerField(default=1)),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'kind', 'is_test'), name='number_ring_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
