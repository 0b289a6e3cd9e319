import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import showfloor.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_brand_look'),
        ('checkout', '0008_frozen_quotes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentAccount',
            fields=[
                ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=20, verbose_name='provider')),
                ('mode', models.CharField(choices=[('test', 'Test: no money moves'), ('live', 'Live')], max_length=4, verbose_name='mode')),
                ('account', models.CharField(max_length=64, verbose_name='account')),
                ('publishable_key', models.CharField(blank=True, max_length=255, verbose_name='publishable key')),
                ('sealed_keys', models.TextField(editable=False)),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('keys_changed_at', models.DateTimeField(verbose_name='keys changed at')),
            ],
            options={
                'verbose_name': 'payment account',
                'verbose_name_plural': 'payment accounts',
                'ordering': ['-active', '-created_at'],
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='webhookinbox',
            name='webhook_event_once',
        ),
        migrations.AddField(
            model_name='order',
            name='payment_state',
            field=models.CharField(blank=True, choices=[('created', 'Created'), ('requires_action', 'Waiting for the buyer'), ('authorized', 'Authorised'), ('captured', 'Captured'), ('disputed', 'Disputed'), ('partially_refunded', 'Partially refunded'), ('refunded', 'Refunded'), ('failed', 'Failed'), ('voided', 'Voided')], db_default='', default='', max_length=20, verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='payment',
            name='captured',
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='captured'),
        ),
        migrations.AddField(
            model_name='payment',
            name='dispute_due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='answer the dispute by'),
        ),
        migrations.AddField(
            model_name='payment',
            name='disputed',
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='disputed'),
        ),
        migrations.AddField(
            model_name='payment',
            name='is_test',
            field=models.BooleanField(db_default=False, default=False, verbose_name='test payment'),
        ),
        migrations.AddField(
            model_name='payment',
            name='refunded',
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='refunded'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('created', 'Created'), ('requires_action', 'Waiting for the buyer'), ('authorized', 'Authorised'), ('captured', 'Captured'), ('disputed', 'Disputed'), ('partially_refunded', 'Partially refunded'), ('refunded', 'Refunded'), ('failed', 'Failed'), ('voided', 'Voided')], default='created', max_length=20, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='paymentevent',
            name='kind',
            field=models.CharField(choices=[('created', 'Created'), ('requires_action', 'Waiting for the buyer'), ('authorized', 'Authorised'), ('captured', 'Captured'), ('failed', 'Failed'), ('voided', 'Voided'), ('disputed', 'Disputed'), ('dispute_won', 'Dispute won'), ('dispute_lost', 'Dispute lost'), ('refund_due', 'Refund decided'), ('refund_pending', 'Refund on its way'), ('refunded', 'Refunded'), ('refund_failed', 'Refund failed'), ('mismatch', 'Refused: does not match the attempt')], max_length=16, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='webhookinbox',
            constraint=models.UniqueConstraint(fields=('brand', 'provider', 'event_id'), name='webhook_event_of_brand_once'),
        ),
        migrations.AddField(
            model_name='paymentaccount',
            name='brand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand'),
        ),
        migrations.AddField(
            model_name='payment',
            name='payment_account',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='checkout.paymentaccount', verbose_name='payment account'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('captured__gte', django.db.models.expressions.CombinedExpression(models.F('refunded'), '+', models.F('disputed')))), name='payment_goes_back_at_most_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentaccount',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('brand',), name='payment_account_one_active'),
        ),
        migrations.AddConstraint(
            model_name='paymentaccount',
            constraint=models.UniqueConstraint(fields=('brand', 'provider', 'mode', 'account'), name='payment_account_once'),
        ),
    ]
