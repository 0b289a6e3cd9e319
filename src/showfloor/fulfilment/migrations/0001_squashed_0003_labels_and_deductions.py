import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import showfloor.kernel.ids
from django.conf import settings
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('fulfilment', '0001_initial'),
        ('fulfilment', '0002_returns'),
        ('fulfilment', '0003_labels_and_deductions'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        ('checkout', '0001_squashed_0020_downloads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='OrderRefund',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('key', models.CharField(max_length=120)),
                    ('attempt', models.PositiveIntegerField(default=1)),
                    ('amount', models.PositiveBigIntegerField(verbose_name='amount, minor units')),
                    ('shipping', models.PositiveBigIntegerField(default=0, verbose_name='shipping, minor units')),
                    ('taxes', models.JSONField(default=list)),
                    ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                    ('restock', models.BooleanField(default=False, verbose_name='back into stock')),
                    ('created_at', models.DateTimeField(verbose_name='created at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='checkout.order', verbose_name='order')),
                ],
                options={
                    'verbose_name': 'refund',
                    'verbose_name_plural': 'refunds',
                    'ordering': ['created_at', 'id'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'created_at'], name='order_refund_by_time')],
                    'constraints': [models.UniqueConstraint(fields=('order', 'key'), name='order_refund_key_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='OrderTag',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=40, verbose_name='tag')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='checkout.order')),
                ],
                options={
                    'verbose_name': 'tag',
                    'verbose_name_plural': 'tags',
                    'ordering': ['name'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'name'], name='order_tag_by_name')],
                    'constraints': [models.UniqueConstraint(fields=('order', 'name'), name='order_tag_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='RefundLine',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                    ('amount', models.PositiveBigIntegerField(verbose_name='amount, minor units')),
                    ('deduction', models.PositiveBigIntegerField(default=0, verbose_name='deduction, minor units')),
                    ('deduction_reason', models.CharField(blank=True, default='', max_length=200, verbose_name='reason of the deduction')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='checkout.orderline')),
                    ('refund', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfilment.orderrefund')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('refund', 'line'), name='refund_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='refund_line_of_one'), models.CheckConstraint(condition=models.Q(('deduction__lte', models.F('amount'))), name='refund_line_keeps_no_more')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='ReturnPolicy',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('days', models.PositiveSmallIntegerField(default=30, help_text='From the day on which the goods arrive; 0: no returns but withdrawals.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='days for a return')),
                    ('address', models.TextField(blank=True, help_text="Printed on the return slip, one line below the other. Empty: the address of the seller's details.", max_length=400, verbose_name='address for returns')),
                    ('instructions', models.TextField(blank=True, help_text='Shown to the buyer and in the mail, for example who pays the postage.', max_length=1000, verbose_name='how to send it back')),
                    ('label_url', models.URLField(blank=True, help_text='A page or file of your carrier. Empty: the slip that Showfloor makes.', max_length=500, verbose_name='address of your label')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'return policy',
                    'verbose_name_plural': 'return policies',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand',), name='one_return_policy_per_brand')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Shipment',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('number', models.PositiveIntegerField(verbose_name='number')),
                    ('key', models.CharField(max_length=64)),
                    ('carrier', models.CharField(blank=True, max_length=80, verbose_name='carrier')),
                    ('tracking_number', models.CharField(blank=True, max_length=80, verbose_name='tracking number')),
                    ('tracking_url', models.URLField(blank=True, max_length=300, verbose_name='tracking address')),
                    ('shipped_at', models.DateTimeField(verbose_name='shipped at')),
                    ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shipments', to='checkout.order', verbose_name='order')),
                ],
                options={
                    'verbose_name': 'shipment',
                    'verbose_name_plural': 'shipments',
                    'ordering': ['number'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'tracking_number'], name='shipment_by_tracking')],
                    'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='shipment_number_unique'), models.UniqueConstraint(fields=('order', 'key'), name='shipment_key_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='ShipmentLine',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='checkout.orderline')),
                    ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfilment.shipment')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('shipment', 'line'), name='shipment_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='shipment_line_of_one')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Withdrawal',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=120, verbose_name='name')),
                    ('contract', models.CharField(max_length=120, verbose_name='contract')),
                    ('email', models.EmailField(max_length=254, verbose_name='e-mail for the confirmation')),
                    ('is_whole', models.BooleanField(default=True, verbose_name='whole contract')),
                    ('part', models.TextField(blank=True, max_length=1000, verbose_name='part of the contract')),
                    ('units', models.JSONField(default=dict)),
                    ('language', models.CharField(default='en', max_length=10)),
                    ('submitted_at', models.DateTimeField(verbose_name='submitted at')),
                    ('state', models.CharField(choices=[('open', 'To be settled'), ('settled', 'Settled'), ('refused', 'Refused')], default='open', max_length=8, verbose_name='state')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                    ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='withdrawals', to='checkout.order', verbose_name='order')),
                ],
                options={
                    'verbose_name': 'withdrawal',
                    'verbose_name_plural': 'withdrawals',
                    'ordering': ['-submitted_at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'state', 'submitted_at'], name='withdrawal_by_state')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='OrderReturn',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('number', models.PositiveIntegerField(verbose_name='number')),
                    ('state', models.CharField(choices=[('requested', 'On its way back'), ('received', 'Received and refunded'), ('refused', 'Refused')], default='requested', max_length=9, verbose_name='state')),
                    ('note', models.CharField(blank=True, max_length=500, verbose_name='note of the buyer')),
                    ('answer', models.CharField(blank=True, max_length=500, verbose_name='answer to the buyer')),
                    ('requested_at', models.DateTimeField(verbose_name='requested at')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returns', to='checkout.order', verbose_name='order')),
                    ('withdrawal', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='order_return', to='fulfilment.withdrawal', verbose_name='withdrawal')),
                ],
                options={
                    'verbose_name': 'return',
                    'verbose_name_plural': 'returns',
                    'ordering': ['-requested_at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'state', 'requested_at'], name='return_by_state')],
                    'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='return_number_unique')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='ReturnLabel',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=4)),
                    ('content', models.BinaryField()),
                    ('added_at', models.DateTimeField()),
                    ('order_return', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='label', to='fulfilment.orderreturn')),
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
                name='ReturnLine',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                    ('reason', models.CharField(choices=[('changed-mind', "I don't want it any more"), ('fit', "It doesn't fit"), ('not-as-shown', "It isn't as it was shown"), ('damaged', 'It arrived damaged'), ('defective', "It doesn't work"), ('wrong-item', 'It is the wrong item'), ('withdrawal', 'Withdrawal from the contract')], max_length=12, verbose_name='reason')),
                    ('received', models.PositiveIntegerField(blank=True, null=True, verbose_name='received')),
                    ('condition', models.CharField(blank=True, choices=[('as-new', 'As new'), ('opened', 'Opened'), ('damaged', 'Damaged')], default='', max_length=8, verbose_name='condition')),
                    ('restock', models.BooleanField(default=False, verbose_name='back into stock')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='checkout.orderline')),
                    ('order_return', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfilment.orderreturn')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('order_return', 'line'), name='return_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='return_line_of_one'), models.CheckConstraint(condition=models.Q(('received__isnull', True), ('received__lte', models.F('quantity')), _connector='OR'), name='return_receives_what_was_announced')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='LineProgress',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('ordered', models.PositiveIntegerField(verbose_name='ordered')),
                    ('shipped', models.PositiveIntegerField(default=0, verbose_name='shipped')),
                    ('dropped', models.PositiveIntegerField(default=0, verbose_name='cancelled')),
                    ('returned', models.PositiveIntegerField(default=0, verbose_name='refunded after shipping')),
                    ('line', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='progress', to='checkout.orderline')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.CheckConstraint(condition=models.Q(('ordered__gte', django.db.models.expressions.CombinedExpression(models.F('shipped'), '+', models.F('dropped')))), name='line_ships_what_was_ordered'), models.CheckConstraint(condition=models.Q(('shipped__gte', models.F('returned'))), name='line_returns_what_was_shipped')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='OrderEvent',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=40, verbose_name='kind')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('actor', models.CharField(choices=[('staff', 'Staff'), ('buyer', 'Buyer'), ('system', 'Automatic')], default='system', max_length=6, verbose_name='actor')),
                    ('detail', models.JSONField(default=dict, verbose_name='detail')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='checkout.order', verbose_name='order')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['order', 'kind'], name='order_event_of_kind')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
