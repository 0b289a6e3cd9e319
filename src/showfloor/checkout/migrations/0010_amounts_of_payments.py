from django.db import migrations
from django.db.models import F

# The state that counts for an order, the least first: later ones write over earlier ones.
STATES = (
    'created', 'requires_action', 'failed', 'voided', 'refunded', 'authorized', 'captured',
    'disputed',
)


def fill(apps, _schema):
    """Payments and orders of before get the amounts and the state that their events add up to."""
    payments = apps.get_model('checkout', 'Payment')._base_manager
    orders = apps.get_model('checkout', 'Order')._base_manager
    payments.filter(provider='test').update(is_test=True)
    payments.filter(state__in=['captured', 'disputed', 'refunded']).update(captured=F('amount'))
    payments.filter(state='refunded').update(refunded=F('amount'))
    payments.filter(state='disputed').update(disputed=F('amount'))
    for state in STATES:
        paid = payments.filter(state=state).values('checkout_id')
        orders.filter(checkout_id__in=paid).update(payment_state=state)


class Migration(migrations.Migration):

    dependencies = [('checkout', '0009_payment_accounts')]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
