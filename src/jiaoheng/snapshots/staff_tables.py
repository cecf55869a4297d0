"""Staff tables: staff and establishment of a snapshot.

Changes when what is frozen of staff and posts changes; the columns and their meaning are data (`rulebook/data/tables/`).
"""

from jiaoheng.snapshots.workspace import Workspace

__all__ = ["ESTABLISHMENT", "STAFF", "prepare"]

# `place`: who is employed on 1 September of each year, at the school of the post, or with the employer where no post is entered.
_PLACE = """
CREATE TABLE place AS
  SELECT * EXCLUDE (rank) FROM (
    SELECT s.id, year.y, year.day, year.last_day, year.school_year, coalesce(a.school_id, s.employer_id) AS school_id,
           coalesce(a.since, s.employed_on) AS here_since,
           row_number() OVER (PARTITION BY s.id, year.y ORDER BY a.since DESC, a.id DESC) AS rank
    FROM staff AS s JOIN year ON (s.employed_on IS NULL OR s.employed_on <= year.day) AND (s.left_on IS NULL OR s.left_on > year.day)
    LEFT JOIN appointment AS a ON a.staff_id = s.id AND holds(a.since, a.until, year.day)
      AND a.kind IN (SELECT code FROM code_group WHERE codes = 'appointment_kind' AND "group" = 'main'))
  WHERE rank = 1;
CREATE TABLE away AS
  SELECT a.staff_id, year.y, bool_or(kind = 'rotation') AS rotated, bool_or(kind = 'rotation' AND since >= year.day) AS rotation_began
  FROM appointment AS a JOIN year ON since <= year.last_day AND (until IS NULL OR until > year.day)
  WHERE kind IN (SELECT code FROM code_group WHERE codes = 'appointment_kind' AND "group" = 'away')
  GROUP BY a.staff_id, year.y;
CREATE TABLE staff_place AS
  SELECT place.*, coalesce(
           list_filter(string_split(s.stages, ','), lambda one: one <> '' AND (n.stages = '' OR
             list_contains(string_split(n.stages, ','), one)))[1], only_stage(n.stages)) AS stage
  FROM place JOIN staff AS s ON s.id = place.id JOIN node AS n ON n.id = place.school_id;
"""

STAFF = """
SELECT n.code AS organisation, place.school_year, place.stage, name.name AS person, s.sex,
       CAST(date_sub('year', s.birth_date, place.day - 1) AS BIGINT) AS age, s.education, s.degree, s.title,
       coalesce(t."group", '') AS title_level, s.post, s.on_establishment, s.certificate,
       s.certificate NOT IN ('', 'none') AS certified, CAST(s.registration_due - place.day AS BIGINT) AS days_to_registration,
       s.stages, s.subjects, s.backbone, coalesce(b."group" = 'counted', false) AS backbone_counted,
       h.staff_id IS NOT NULL AS head_teacher, CAST(date_sub('year', place.here_since, place.day) AS BIGINT) AS years_at_school,
       coalesce(away.rotated, false) AS rotated, coalesce(away.rotation_began, false) AS rotation_began,
       away.staff_id IS NOT NULL AS away, CAST(s.training_hours AS DOUBLE) AS training_hours
FROM staff_place AS place JOIN staff AS s ON s.id = place.id JOIN staff_name AS name ON name.id = place.id
JOIN node AS n ON n.id = place.school_id
LEFT JOIN code_group AS t ON t.codes = 'title' AND t.code = s.title
LEFT JOIN code_group AS b ON b.codes = 'backbone' AND b.code = s.backbone
LEFT JOIN away ON away.staff_id = place.id AND away.y = place.y
LEFT JOIN (SELECT DISTINCT head_teacher_id AS staff_id, starts_in(school_year) AS y FROM class_row WHERE head_teacher_id IS NOT NULL) AS h
  ON h.staff_id = place.id AND h.y = place.y
"""

ESTABLISHMENT = """
SELECT n.code AS organisation, year.school_year, only_stage(n.stages) AS stage, CAST(e.approved_posts AS BIGINT) AS approved_posts,
       coalesce(f.filled, 0) AS filled_posts, coalesce(f.staff, 0) AS staff
FROM establishment_row AS e JOIN year ON holds(e.since, e.until, year.day) AND e.since <= today() JOIN node AS n ON n.id = e.school_id
LEFT JOIN (SELECT school_id, y, count(*) FILTER (WHERE s.on_establishment) AS filled, count(*) AS staff
           FROM place JOIN staff AS s ON s.id = place.id GROUP BY school_id, y) AS f ON f.school_id = e.school_id AND f.y = year.y
"""


def prepare(workspace: Workspace) -> None:
    """Make what the tables of staff, posts and institutions are drawn from."""
    workspace.execute(_PLACE)
