from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0006_say_who_may_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='page',
            name='is_scanned',
            field=models.BooleanField(default=False),
        ),
    ]
