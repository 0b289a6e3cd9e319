from django.db import migrations


class Migration(migrations.Migration):
    """Mails about accounts wait in the outbox from now on."""

    dependencies = [
        ('accounts', '0010_legal_texts'),
        ('outbox', '0002_mails_of_orders_and_accounts'),
    ]

    operations = [
        migrations.DeleteModel(name='AccountMail'),
    ]
