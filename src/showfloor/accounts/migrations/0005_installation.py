"""What this database is for. A demo of an earlier version is marked as one: its passwords are public."""

from django.db import migrations, models


def mark_demo(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    if User.objects.filter(email="owner@aubelune.example").exists():
        apps.get_model("accounts", "Installation").objects.create(id=1, is_demo=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_brand_time_zone")]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_installation")
                ],
            },
        ),
        migrations.RunPython(mark_demo, migrations.RunPython.noop, elidable=True),
    ]
