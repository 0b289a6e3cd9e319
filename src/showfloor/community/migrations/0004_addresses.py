"""A guest's address beside the network. What stands already keeps covering the network."""

from django.db import migrations, models


def field():
    return models.CharField(blank=True, default="", max_length=64)


class Migration(migrations.Migration):
    dependencies = [("community", "0003_question_text_hash")]

    operations = [
        *(
            operation
            for model in ("message", "question", "restriction")
            for operation in (
                migrations.AddField(model, "address", field()),
                migrations.AlterField(model, "address", models.CharField(blank=True, max_length=64)),
            )
        ),
        migrations.AddField("restriction", "covers_network", models.BooleanField(default=True)),
        migrations.AlterField("restriction", "covers_network", models.BooleanField(default=False)),
    ]
