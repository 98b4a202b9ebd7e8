from django.db import migrations, models

# Positions of boards that were archived before there were any: once, past the triggers that keep archives.
FILL = """
    ALTER TABLE placings DISABLE TRIGGER USER;
    UPDATE placings p SET position = counted.position FROM (
        SELECT id, row_number() OVER (PARTITION BY board_id, measure ORDER BY rank, id) AS position FROM placings
    ) counted WHERE p.id = counted.id;
    ALTER TABLE placings ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('betting', '0007_proposals'),
    ]

    operations = [
        migrations.AddField(
            model_name='placing',
            name='position',
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='placing',
            name='placing_by_rank',
        ),
        migrations.AddIndex(
            model_name='placing',
            index=models.Index(fields=['board', 'measure', 'position', 'id'], name='placing_by_position'),
        ),
    ]
