import django.db.models.deletion
from django.db import migrations, models

from showfloor.accounts.prefix_indexes import drop_prefix_indexes


def make_room_beside_positions(_apps, editor):
    """Let the row of a timeline, which every entry changes, be changed within its page."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE timeline_timeline SET (fillfactor = 50)")


class Migration(migrations.Migration):

    dependencies = [
        ('timeline', '0005_recall_epoch'),
    ]

    operations = [
        migrations.AlterField(
            model_name='entry',
            name='timeline',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='timeline.timeline'),
        ),
        migrations.AlterField(
            model_name='tick',
            name='timeline',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ticks', to='timeline.timeline'),
        ),
        drop_prefix_indexes('timeline_timeline', 'timeline_entry', 'timeline_tick', 'timeline_recall', 'timeline_personstream'),
        migrations.RunPython(make_room_beside_positions, migrations.RunPython.noop),
    ]
