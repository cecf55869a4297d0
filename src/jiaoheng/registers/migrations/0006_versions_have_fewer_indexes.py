"""Versions are found by their row's key and by the day: their tables lose every other index.

Django would make each table of SQLite anew once a field. Here the indexes are dropped by name, whatever the database called them.
"""

import django.db.models.deletion
import jiaoheng.access.sealed_field
from django.conf import settings
from django.db import migrations, models


def forwards(apps, schema_editor):
    connection = schema_editor.connection
    for operation in NO_LONGER_INDEXED:
        model = apps.get_model("registers", operation.model_name)
        column = model._meta.get_field(operation.name).column
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for name, constraint in found.items():
            if constraint["index"] and not constraint["unique"] and not constraint["primary_key"] and constraint["columns"] == [column]:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def backwards(apps, schema_editor):
    for operation in NO_LONGER_INDEXED:
        model = apps.get_model("registers", operation.model_name)
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(operation.name)]))


NO_LONGER_INDEXED = [
    migrations.AlterField(
        model_name='historicalannualinspection',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='institution'),
    ),
    migrations.AlterField(
        model_name='historicalappointment',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalappointment',
        name='staff',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.staff', verbose_name='member of staff'),
    ),
    migrations.AlterField(
        model_name='historicalcampus',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='belongs to'),
    ),
    migrations.AlterField(
        model_name='historicalcampususe',
        name='campus',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.campus', verbose_name='campus'),
    ),
    migrations.AlterField(
        model_name='historicalcampususe',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalcatchmentarea',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalenrolment',
        name='came_from',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.enrolment', verbose_name='came from'),
    ),
    migrations.AlterField(
        model_name='historicalenrolment',
        name='pupil',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='pupil'),
    ),
    migrations.AlterField(
        model_name='historicalenrolment',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalenrolment',
        name='school_class',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.schoolclass', verbose_name='class'),
    ),
    migrations.AlterField(
        model_name='historicalestablishment',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalformername',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='organisation'),
    ),
    migrations.AlterField(
        model_name='historicalfunds',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='organisation'),
    ),
    migrations.AlterField(
        model_name='historicalgroupmembership',
        name='group',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.schoolgroup', verbose_name='group'),
    ),
    migrations.AlterField(
        model_name='historicalgroupmembership',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalinclusiverecognition',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='kindergarten'),
    ),
    migrations.AlterField(
        model_name='historicallicence',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='institution'),
    ),
    migrations.AlterField(
        model_name='historicalmerge',
        name='duplicate',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='duplicate'),
    ),
    migrations.AlterField(
        model_name='historicalmerge',
        name='kept',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='kept'),
    ),
    migrations.AlterField(
        model_name='historicalmerge',
        name='merged_by',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='merged by'),
    ),
    migrations.AlterField(
        model_name='historicalpopulation',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='area'),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='bank_card_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='guardian_phone_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='identity_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='keeper',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='organisation that keeps the record'),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='merged_into',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='duplicate of'),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='name',
        field=models.CharField(max_length=100, verbose_name='full name'),
    ),
    migrations.AlterField(
        model_name='historicalpupil',
        name='student_number',
        field=models.CharField(blank=True, max_length=19, null=True, verbose_name='student number'),
    ),
    migrations.AlterField(
        model_name='historicalpupilcondition',
        name='pupil',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='pupil'),
    ),
    migrations.AlterField(
        model_name='historicalrequest',
        name='asked_by',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by'),
    ),
    migrations.AlterField(
        model_name='historicalrequest',
        name='decided_by',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
    ),
    migrations.AlterField(
        model_name='historicalrequest',
        name='pupil',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.pupil', verbose_name='pupil'),
    ),
    migrations.AlterField(
        model_name='historicalrequest',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalschoolclass',
        name='head_teacher',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registers.staff', verbose_name='head teacher'),
    ),
    migrations.AlterField(
        model_name='historicalschoolclass',
        name='school',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='school'),
    ),
    migrations.AlterField(
        model_name='historicalschoolgroup',
        name='organisation',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='run by'),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='bank_card_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='employer',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='employed by'),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='identity_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='name',
        field=models.CharField(max_length=100, verbose_name='full name'),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='phone_index',
        field=jiaoheng.access.sealed_field.BlindIndex(),
    ),
    migrations.AlterField(
        model_name='historicalstaff',
        name='staff_number',
        field=models.CharField(max_length=40, verbose_name='staff number'),
    ),
    migrations.AlterField(
        model_name='historicalsuccession',
        name='predecessor',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='predecessor'),
    ),
    migrations.AlterField(
        model_name='historicalsuccession',
        name='successor',
        field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organisations.organisation', verbose_name='successor'),
    ),
]


class TogetherInState(migrations.SeparateDatabaseAndState):
    """The models are drawn up anew once, when they are next asked for, not after each of a hundred fields."""

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0002_governing_authority_and_versions'),
        ('registers', '0005_more_declared_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TogetherInState([migrations.RunPython(forwards, backwards)], NO_LONGER_INDEXED),
    ]
