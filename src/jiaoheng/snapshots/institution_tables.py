"""Institution tables: institutions, school groups, funds and population of a snapshot.

Changes when what is frozen of schools' standing, money and area changes; the columns and their meaning are data (`rulebook/data/tables/`).
"""

from jiaoheng.snapshots.workspace import Workspace

__all__ = ["FUNDS", "INSTITUTIONS", "POPULATION", "SCHOOL_GROUPS", "prepare"]

_PARTS = """
CREATE TABLE school_stage AS WITH own AS (
  SELECT n.id, n.code, year.y, year.day, year.school_year, unnest(string_split(n.stages, ',')) AS stage, string_split(n.stages, ',')[1]
         AS first_stage
  FROM node AS n JOIN school_kind USING (kind)
  JOIN year ON (n.valid_from IS NULL OR n.valid_from <= year.day) AND (n.valid_to IS NULL OR n.valid_to >= year.day)),
counted AS (SELECT school_id, y, stage, count(*) AS pupils FROM roll GROUP BY ALL),
formed AS (
  SELECT c.school_id, starts_in(c.school_year) AS y, stage_at(g.stage, n.stages) AS stage, count(*) AS classes
  FROM class_row AS c JOIN grade AS g ON g.grade = c.grade JOIN node AS n ON n.id = c.school_id GROUP BY ALL),
taught AS (
  SELECT school_id, y, stage, count(*) AS teachers FROM staff_place JOIN staff AS s ON s.id = staff_place.id
  WHERE s.post = 'teacher' GROUP BY ALL),
named AS (
  SELECT own.*, coalesce(counted.pupils, stated.pupils) AS pupils,
         CASE WHEN counted.pupils IS NOT NULL THEN 'register' WHEN stated.pupils IS NOT NULL THEN 'statistics' ELSE '' END AS pupils_from,
         coalesce(formed.classes, stated.classes) AS classes, coalesce(taught.teachers, stated.teachers) AS teachers
  FROM own
  LEFT JOIN counted ON counted.school_id = own.id AND counted.y = own.y AND counted.stage = own.stage
  LEFT JOIN formed ON formed.school_id = own.id AND formed.y = own.y AND formed.stage = own.stage
  LEFT JOIN taught ON taught.school_id = own.id AND taught.y = own.y AND taught.stage = own.stage
  LEFT JOIN stated_row AS stated ON stated.organisation = own.code AND stated.school_year = own.school_year AND stated.stage = own.stage)
FROM named WHERE stage <> '';
CREATE TABLE stage_share AS
  SELECT id, y, stage, pupils * weight / sum(pupils * weight) OVER school AS share,
         row_number() OVER (PARTITION BY id, y ORDER BY stage) AS place, count(*) OVER school AS parts
  FROM school_stage AS s LEFT JOIN stage_weight AS w USING (stage) WHERE pupils > 0
  WINDOW school AS (PARTITION BY id, y)
  QUALIFY bool_and(weight IS NOT NULL) OVER school AND count(*) OVER school > 1;
"""

INSTITUTIONS = """
SELECT f.code AS organisation, f.school_year, f.stage, l.organisation_id IS NOT NULL AS licensed, coalesce(l.legal_form, '') AS legal_form,
       r.organisation_id IS NOT NULL AS inclusive, coalesce(i.result, '') AS inspection, f.pupils, f.pupils_from,
       CAST(sum(f.pupils) OVER (PARTITION BY f.id, f.y) AS BIGINT) AS school_pupils, f.classes, f.teachers,
       f.stage = f.first_stage AS first_stage, m.school_id IS NOT NULL AS member
FROM school_stage AS f
LEFT JOIN (SELECT organisation_id, y, max(ROW(since, legal_form))[2] AS legal_form FROM licence_row JOIN year
           ON holds(since, until, day) AND since <= today() GROUP BY ALL) AS l ON l.organisation_id = f.id AND l.y = f.y
LEFT JOIN (SELECT DISTINCT organisation_id, y FROM recognition_row JOIN year ON holds(since, until, day) AND since <= today()) AS r
  ON r.organisation_id = f.id AND r.y = f.y
LEFT JOIN inspection_row AS i ON i.organisation_id = f.id AND i.year = f.y
LEFT JOIN (SELECT DISTINCT school_id, y FROM membership_row JOIN year ON holds(since, until, day) AND since <= today()) AS m
  ON m.school_id = f.id AND m.y = f.y
"""

SCHOOL_GROUPS = """
SELECT n.code AS organisation, year.school_year, only_stage(n.stages) AS stage, g.name AS "group", g.kind AS group_kind, m.role
FROM membership_row AS m JOIN year ON holds(m.since, m.until, year.day) AND m.since <= today()
JOIN group_row AS g ON g.id = m.group_id JOIN node AS n ON n.id = m.school_id
"""

# Money of a school of several stages is divided by its weighted pupils, to the cent; the last stage takes what rounding leaves.
_YUAN = """CASE WHEN d.share IS NULL THEN f.{0} WHEN d.place < d.parts THEN round(f.{0} * d.share, 2)
       ELSE round(f.{0} - coalesce(sum(round(f.{0} * d.share, 2)) OVER (PARTITION BY f.place ORDER BY d.place
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 2) END AS {0}"""

FUNDS = f"""
SELECT n.code AS organisation, CAST(f.fiscal_year AS VARCHAR) AS school_year, coalesce(d.stage, only_stage(n.stages)) AS stage, f.source,
       coalesce(g."group", '') AS source_group, f.purpose, {_YUAN.format("budgeted_yuan")}, {_YUAN.format("received_yuan")},
       {_YUAN.format("spent_yuan")}, coalesce(d.share, 1) AS share
FROM (SELECT *, row_number() OVER () AS place FROM funds_row) AS f JOIN node AS n ON n.id = f.organisation_id
LEFT JOIN code_group AS g ON g.codes = 'fund_source' AND g.code = f.source
LEFT JOIN stage_share AS d ON d.id = f.organisation_id AND d.y = f.fiscal_year
WHERE f.fiscal_year <= year(today())
"""

# Where an area and areas within it both have a figure, the area keeps what is left of its own: sums up the tree then count nobody twice.
POPULATION = """
WITH figure AS (
  SELECT p.*, n.code, n.path, row_number() OVER () AS place FROM population_row AS p JOIN node AS n ON n.id = p.organisation_id
  WHERE p.year <= this_year()),
above AS (
  SELECT low.place, arg_max(high.place, length(high.path)) AS nearest
  FROM figure AS low JOIN figure AS high ON starts_with(low.path, high.path || '/') AND high.year = low.year AND high.base = low.base
    AND high.age = low.age AND high.sex = low.sex
  GROUP BY low.place),
within AS (SELECT nearest AS place, sum(persons) AS persons FROM above JOIN figure USING (place) GROUP BY nearest)
SELECT code AS organisation, year_text(figure.year) AS school_year, coalesce(b.stage, '') AS stage, figure.year, figure.age, figure.sex,
       figure.base,
       CAST(figure.persons - coalesce(within.persons, 0) AS BIGINT) AS persons
FROM figure LEFT JOIN within USING (place) LEFT JOIN age_band AS b ON b.age = figure.age
WHERE within.persons IS NULL OR figure.persons > within.persons
"""


def prepare(workspace: Workspace) -> None:
    """Make what the tables of institutions and of funds are drawn from."""
    workspace.execute(_PARTS)
