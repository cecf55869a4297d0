"""Pupil tables: enrolments and classes of a snapshot.

Changes when what is frozen of pupils and their classes changes; the columns and their meaning are data (`rulebook/data/tables/`).
"""

from jiaoheng.snapshots.workspace import Workspace

__all__ = ["CLASSES", "ENROLMENTS", "prepare"]

# `roll`: for every pupil and year the stay of 1 September. `after`: where the child was a year later: the next 1 September's stay, or
# one begun later in that year unless the child had dropped out or paused between. `last_exit`: how the last stay before it ended.
_ROLL = """
CREATE TABLE roll AS
  SELECT * EXCLUDE (place) FROM (
    SELECT stay.*, row_number() OVER (PARTITION BY pupil, y ORDER BY entered_on DESC, id DESC) AS place
    FROM stay WHERE holds(entered_on, left_on, first_day(y)))
  WHERE place = 1;
CREATE TABLE first_stay AS
  SELECT * EXCLUDE (place) FROM (SELECT *, row_number() OVER (PARTITION BY pupil, y ORDER BY entered_on, id) AS place FROM stay)
  WHERE place = 1;
CREATE TABLE last_exit AS
  SELECT pupil, y, CASE WHEN left_on IS NULL THEN '' ELSE exit_kind END AS exit_kind FROM (
    SELECT *, row_number() OVER (PARTITION BY pupil, y ORDER BY entered_on DESC, id DESC) AS place FROM stay)
  WHERE place = 1;
CREATE TABLE pupil_year AS
  SELECT now.pupil, now.y, now.number, now.stage, e.exit_kind, coalesce(g."group", '') AS exit_group,
         coalesce(r.number, late.number) AS next_number, coalesce(r.stage, late.stage, '') AS next_stage,
         coalesce(r.grade, late.grade, '') AS next_grade, coalesce(r.school_id, late.school_id) AS next_school
  FROM (SELECT * EXCLUDE (place) FROM (
          SELECT stay.*, row_number() OVER (PARTITION BY pupil, y ORDER BY holds(entered_on, left_on, first_day(y)) DESC, entered_on, id)
                 AS place FROM stay) WHERE place = 1) AS now
  JOIN last_exit AS e ON e.pupil = now.pupil AND e.y = now.y
  LEFT JOIN code_group AS g ON g.codes = 'exit_kind' AND g.code = e.exit_kind
  LEFT JOIN roll AS r ON r.pupil = now.pupil AND r.y = now.y + 1
  LEFT JOIN first_stay AS late ON late.pupil = now.pupil AND late.y = now.y + 1 AND coalesce(g."group", '') NOT IN ('loss', 'suspension');
"""

# A condition counts in a year when it holds on 1 September (or the day of entry), or begins later in the year.
_CONDITIONS = """
CREATE TABLE condition_of AS
  SELECT stay.id, bool_or(kind = 'boarder') AS boarder, bool_or(kind = 'migrant_child') AS migrant_child,
         bool_or(kind = 'left_behind') AS left_behind, bool_or(kind = 'orphan') AS orphan,
         max(ROW(since, coalesce(detail, ''))) FILTER (WHERE kind = 'left_behind') AS left_behind_kind,
         max(ROW(since, coalesce(detail, ''))) FILTER (WHERE kind = 'orphan') AS orphan_kind,
         max(ROW(since, coalesce(detail, ''), coalesce(placement, ''))) FILTER (WHERE kind = 'disability') AS disability,
         max(ROW(since, coalesce(detail, ''))) FILTER (WHERE kind = 'poverty') AS poverty
  FROM stay JOIN condition ON condition.pupil = stay.pupil
  WHERE since < first_day(y + 1) AND (until IS NULL OR until > greatest(entered_on, first_day(y)))
  GROUP BY stay.id;
"""

ENROLMENTS = """
SELECT n.code AS organisation, stay.school_year, stay.stage, name.name AS pupil, stay.grade, CAST(stay.number AS BIGINT) AS grade_number,
       coalesce(c.name, '') AS class_name, p.sex, CAST(date_sub('year', p.birth_date, first_day(stay.y) - 1) AS BIGINT) AS age,
       p.ethnicity, p.household_kind, left(p.household_area, 6) AS household_area, stay.entered_on, stay.entry_kind, stay.left_on,
       stay.exit_kind, coalesce(roll.id = stay.id, false) AS on_roll,
       stay.y = this_year() AND holds(stay.entered_on, stay.left_on, today()) AS on_books,
       coalesce(h.boarder, false) AS boarder, coalesce(h.migrant_child, false) AS migrant_child,
       coalesce(h.left_behind, false) AS left_behind, coalesce(h.left_behind_kind[2], '') AS left_behind_kind,
       coalesce(h.orphan, false) AS orphan, coalesce(h.orphan_kind[2], '') AS orphan_kind,
       coalesce(h.disability[2], '') AS disability, coalesce(h.disability[3], '') AS placement, coalesce(h.poverty[2], '') AS poverty,
       coalesce(roll.id = stay.id AND stay.number = g.first AND coalesce(before.number <> stay.number, true), false) AS entrant,
       coalesce(roll.id = stay.id AND before.number = stay.number, false) AS repeater,
       CASE WHEN f.next_number IS NOT NULL THEN CASE
              WHEN f.next_number <= stay.number THEN 'repeated' WHEN f.next_stage <> stay.stage THEN 'completed' ELSE 'promoted' END
            WHEN f.exit_group = 'completion' THEN 'completed'
            WHEN f.exit_kind = 'death' THEN 'died'
            WHEN f.exit_group = 'loss' THEN 'dropped_out'
            WHEN f.exit_group = 'suspension' THEN 'suspended'
            WHEN f.exit_group IN ('transfer', 'linked') THEN 'transferred'
            ELSE 'unknown' END AS next,
       first_day(stay.y + 1) <= today() AS closed,
       f.next_stage, f.next_grade, coalesce(there.code, '') AS next_organisation
FROM stay
JOIN pupil_row AS p ON p.id = stay.pupil JOIN pupil_name AS name ON name.id = stay.pupil
JOIN node AS n ON n.id = stay.school_id JOIN grade AS g ON g.grade = stay.grade
JOIN pupil_year AS f ON f.pupil = stay.pupil AND f.y = stay.y
LEFT JOIN class_row AS c ON c.id = stay.school_class_id
LEFT JOIN roll ON roll.pupil = stay.pupil AND roll.y = stay.y
LEFT JOIN roll AS before ON before.pupil = stay.pupil AND before.y = stay.y - 1
LEFT JOIN condition_of AS h ON h.id = stay.id
LEFT JOIN node AS there ON there.id = f.next_school
"""

CLASSES = """
SELECT n.code AS organisation, c.school_year, stage_at(g.stage, n.stages) AS stage, c.grade, CAST(g.number AS BIGINT) AS grade_number,
       c.name AS class_name, c.kind AS class_kind, coalesce(size.pupils, 0) AS pupils,
       CASE WHEN starts_in(c.school_year) = this_year() THEN coalesce(size.pupils_now, 0) END AS pupils_now,
       c.head_teacher_id IS NOT NULL AS has_head_teacher
FROM class_row AS c JOIN grade AS g ON g.grade = c.grade JOIN node AS n ON n.id = c.school_id
LEFT JOIN (SELECT stay.school_class_id, count(roll.id) AS pupils,
                  count(*) FILTER (WHERE stay.y = this_year() AND holds(stay.entered_on, stay.left_on, today())) AS pupils_now
           FROM stay LEFT JOIN roll ON roll.id = stay.id GROUP BY stay.school_class_id) AS size ON size.school_class_id = c.id
WHERE starts_in(c.school_year) <= this_year()
"""


def prepare(workspace: Workspace) -> None:
    """Make what both tables, cohorts and institutions are drawn from."""
    workspace.execute(_ROLL + _CONDITIONS)
