import django.db.models.deletion
from django.db import migrations, models


def give_backstages(apps, schema_editor):
    Show = apps.get_model("shows", "Show")
    Timeline = apps.get_model("timeline", "Timeline")
    for show in Show._default_manager.filter(backstage__isnull=True).iterator():
        show.backstage = Timeline._default_manager.create(brand_id=show.brand_id)
        show.save(update_fields=["backstage"])


class Migration(migrations.Migration):
    dependencies = [("shows", "0001_initial"), ("timeline", "0001_initial")]

    operations = [
        migrations.AddField("show", "backstage", models.OneToOneField(
            editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="timeline.timeline"
        )),
        migrations.RunPython(give_backstages, migrations.RunPython.noop),
    ]
