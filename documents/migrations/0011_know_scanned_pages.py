from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0010_lay_the_search_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='page',
            name='is_scanned',
            field=models.BooleanField(default=False),
        ),
    ]
