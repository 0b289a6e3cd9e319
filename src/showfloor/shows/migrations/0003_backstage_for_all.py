import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the one that fills the column: PostgreSQL alters no table that has deferred work."""

    dependencies = [("shows", "0002_backstage")]

    operations = [
        migrations.AlterField("show", "backstage", models.OneToOneField(
            editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="timeline.timeline"
        )),
    ]
