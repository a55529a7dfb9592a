from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0014_keep_the_words_of_a_paper")]

    operations = [
        migrations.AlterField(
            model_name="download",
            name="way",
            field=models.CharField(
                choices=[
                    ("pdf", "Tệp PDF"),
                    ("notes", "PDF kèm ghi chú"),
                    ("session", "Trong tệp cả kỳ họp"),
                    ("original", "Tệp gốc đã nộp"),
                    ("reading", "Mở đọc (tài liệu hạn chế)"),
                ],
                default="pdf",
                max_length=8,
            ),
        ),
    ]
