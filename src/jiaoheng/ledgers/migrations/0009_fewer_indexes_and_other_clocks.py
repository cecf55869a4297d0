"""Fewer indexes on what a tick writes anew; the deadlines of a row's other clocks stand beside it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledgers', '0008_seal_kept_rows'),
        ('organisations', '0002_governing_authority_and_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='ledgerrow',
            name='also_due',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AlterField(
            model_name='ledgerrow',
            name='entered_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by'),
        ),
        migrations.AlterField(
            model_name='ledgerrow',
            name='holder',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who has it'),
        ),
        migrations.AlterField(
            model_name='ledgerrow',
            name='holder_office',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='organisations.organisation', verbose_name='office'),
        ),
        migrations.AlterField(
            model_name='ledgerrow',
            name='instance_id',
            field=models.CharField(max_length=200),
        ),
        migrations.AlterField(
            model_name='ledgerrow',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_rows', to='ledgers.ledgerrow'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='key',
            field=models.CharField(max_length=300),
        ),
        migrations.AlterField(
            model_name='notice',
            name='message',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='ledgers.message'),
        ),
        migrations.AlterField(
            model_name='rowevent',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='rowevent',
            name='row',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='happened', to='ledgers.ledgerrow'),
        ),
        migrations.AddIndex(
            model_name='ledgerrow',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='row_merged_into'),
        ),
        migrations.AddConstraint(
            model_name='ledgerrow',
            constraint=models.UniqueConstraint(fields=('instance_id',), name='row_instance_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('key',), name='notice_once', opclasses=['varchar_pattern_ops']),
        ),
    ]
