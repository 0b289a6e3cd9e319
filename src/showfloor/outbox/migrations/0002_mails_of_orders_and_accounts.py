from django.db import migrations

COPY_ORDER_MAILS = """
    INSERT INTO outbox_outgoingmessage (
        id, brand_id, channel, kind, cause, recipient, sender, subject, text, html, message_id,
        is_transient, state, attempts, due_at, last_error, created_at, sent_at
    )
    SELECT
        id, brand_id, 'email', kind, 'checkout.order:' || order_id, "to", '', subject, text, html,
        '<' || id || '@showfloor>', false, state, attempts, due_at, last_error, created_at, sent_at
    FROM checkout_outgoingmail
"""
COPY_ACCOUNT_MAILS = """
    INSERT INTO outbox_outgoingmessage (
        id, brand_id, channel, kind, cause, recipient, sender, subject, text, html, message_id,
        is_transient, state, attempts, due_at, last_error, created_at, sent_at
    )
    SELECT
        id, NULL, 'email', 'account', '', "to", sender, subject, text, html,
        message_id, true, 'queued', attempts, due_at, '', created_at, NULL
    FROM accounts_accountmail
"""


class Migration(migrations.Migration):
    """A mail keeps its Message-ID: one that is sent again is the same one to its reader."""

    dependencies = [
        ('outbox', '0001_initial'),
        ('accounts', '0010_legal_texts'),
        ('checkout', '0006_what_is_forgotten'),
    ]

    operations = [
        migrations.RunSQL(COPY_ORDER_MAILS, migrations.RunSQL.noop),
        migrations.RunSQL(COPY_ACCOUNT_MAILS, migrations.RunSQL.noop),
    ]
