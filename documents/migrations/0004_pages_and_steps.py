
import django.db.models.deletion
import documents.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0003_search_and_guard_resolutions'),
    ]

    operations = [
        migrations.AddField(
            model_name='version',
            name='format',
            field=models.CharField(choices=[('pdf', 'PDF'), ('docx', 'Word'), ('xlsx', 'Excel'), ('pptx', 'PowerPoint'), ('odt', 'OpenDocument'), ('picture', 'Ảnh')], default='pdf', max_length=8),
        ),
        migrations.AddField(
            model_name='version',
            name='layered',
            field=models.FileField(blank=True, max_length=200, upload_to=documents.models.layered_path),
        ),
        migrations.AddField(
            model_name='version',
            name='layered_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='version',
            name='layered_size',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='version',
            name='outline',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='version',
            name='source',
            field=models.FileField(blank=True, max_length=200, upload_to=documents.models.source_path),
        ),
        migrations.AddField(
            model_name='version',
            name='source_name',
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name='version',
            name='source_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='version',
            name='source_size',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='version',
            name='text_complete_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='version',
            name='state',
            field=models.CharField(choices=[('processing', 'Đang xử lý'), ('ready', 'Sẵn sàng'), ('failed', 'Không xử lý được'), ('refused', 'Bị từ chối, nội dung đã xóa')], default='processing', max_length=12),
        ),
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('width', models.FloatField()),
                ('height', models.FloatField()),
                ('text', models.TextField(blank=True)),
                ('search_text', models.TextField(blank=True)),
                ('text_sha256', models.CharField(max_length=64)),
                ('is_recognised', models.BooleanField(default=False)),
                ('has_image', models.BooleanField(default=False)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='page_rows', to='documents.version')),
            ],
            options={
                'ordering': ['version', 'number'],
                'constraints': [models.UniqueConstraint(fields=('version', 'number'), name='one_page_number')],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('convert', 'Chuyển sang PDF'), ('text', 'Lấy chữ và mục lục'), ('pictures', 'Vẽ ảnh các trang'), ('recognise', 'Nhận dạng chữ trang quét')], max_length=12)),
                ('state', models.CharField(choices=[('waiting', 'Đang chờ'), ('running', 'Đang làm'), ('done', 'Xong'), ('lacking', 'Máy chủ thiếu phần mềm'), ('failed', 'Không làm được')], default='waiting', max_length=8)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='documents.version')),
            ],
            options={
                'ordering': ['version', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('version', 'kind'), name='one_step_of_a_kind')],
            },
        ),
    ]
