"""Cohort table: who began, joined, left and finished with each cohort: the components of every formula of retention 巩固率.

Changes when an event that changes a cohort is told in another way. A cohort is known by the school year in which it reaches the last grade.
"""

__all__ = ["COHORTS"]

# Of a stage: a passage is a pupil's time at one school in one stage. Of nine years: the pupil's time at one school in grades 1 to 9; a
# child who goes on from one school of the area to another moves out there and moves in here, which cancel out above both.
_PASSAGES = """
SELECT '{span}' AS span, s.id, s.pupil, s.school_id, s.y, s.number, s.grade, s.entered_on, s.entry_kind, s.left_on, s.exit_kind,
       {stage} AS stage, {first} AS first, {last} AS last, s.y + {last} - s.number AS final,
       lag(s.school_id) OVER earlier IS NOT DISTINCT FROM s.school_id AND lag({part}) OVER earlier IS NOT DISTINCT FROM {part} AS stayed,
       lag({part}) OVER earlier IS NOT DISTINCT FROM {part} AS was_in_it,
       lead(s.school_id) OVER earlier IS NOT DISTINCT FROM s.school_id AND lead({part}) OVER earlier IS NOT DISTINCT FROM {part} AS stays,
       lead({part}) OVER earlier IS NOT DISTINCT FROM {part} AS goes_on_in_it
FROM stay AS s JOIN grade AS g ON g.grade = s.grade WHERE {kept}
WINDOW earlier AS (PARTITION BY s.pupil ORDER BY s.entered_on, s.id)
"""

_STAGE = _PASSAGES.format(span="stage", stage="s.stage", part="s.stage", first="g.first", last="g.last", kept="true")
_NINE_YEAR = _PASSAGES.format(
    span="nine_year", stage="'junior'", part="'compulsory'", first="1", last="9", kept="s.number BETWEEN 1 AND 9 AND s.stage <> 'special'"
)

COHORTS = f"""
WITH passage AS MATERIALIZED ({_STAGE} UNION ALL {_NINE_YEAR}),
begun AS (
  SELECT span, pupil, school_id, stage, y, grade, final, last - first AS years, entry_kind AS event_kind, entered_on AS happened_on,
         CASE WHEN entry_kind IN ('return', 'comeback') THEN 'returned'
              WHEN number = first AND NOT was_in_it AND entry_kind IN ('admission', 'promotion') THEN 'entrant'
              ELSE 'moved_in' END AS event
  FROM passage WHERE NOT stayed OR entry_kind IN ('return', 'comeback')),
ended AS (
  SELECT span, pupil, school_id, stage, y, grade, final, last - first AS years, exit_kind AS event_kind, left_on AS happened_on,
         CASE WHEN exit_kind IN ('graduation', 'completion') AND (span = 'stage' OR number = last) THEN 'graduated'
              WHEN exit_kind = 'promotion' AND number = last THEN 'graduated'
              WHEN exit_kind IN ('transfer_out', 'departure') THEN 'moved_out'
              WHEN exit_kind IN ('dropout', 'left_early') THEN 'dropped_out'
              WHEN exit_kind = 'suspension' THEN 'suspended'
              WHEN exit_kind = 'death' THEN 'died'
              WHEN goes_on_in_it THEN 'moved_out'
              WHEN exit_kind IN ('graduation', 'completion') AND first_day(y + 1) <= today() THEN 'not_continued' END AS event
  FROM passage WHERE left_on IS NOT NULL AND (NOT stays OR exit_kind IN ('dropout', 'left_early', 'suspension', 'death'))),
reached AS (
  SELECT span, p.pupil, p.school_id, p.stage, p.y, p.grade, final, last - first AS years, p.entry_kind AS event_kind,
         first_day(p.y) AS happened_on, 'last_grade' AS event
  FROM passage AS p JOIN roll USING (id)
  LEFT JOIN roll AS before ON before.pupil = p.pupil AND before.y = p.y - 1 AND before.number = p.number
  WHERE p.number = last AND before.id IS NULL),
event AS (
  FROM begun UNION ALL FROM reached
  UNION ALL SELECT * REPLACE (CASE WHEN event = 'graduated' THEN y ELSE final END AS final) FROM ended WHERE event IS NOT NULL)
SELECT n.code AS organisation, year_text(event.final) AS school_year, event.stage, name.name AS pupil, span, event.event, event_kind,
       happened_on, event.grade, p.sex, coalesce(h.migrant_child, false) AS migrant_child, coalesce(h.disability, '') AS disability,
       event.final - years >= (SELECT min(y) FROM stay) AS whole, today() >= first_day(event.final + 1) - 1 AS closed
FROM event JOIN node AS n ON n.id = event.school_id JOIN pupil_name AS name ON name.id = event.pupil
JOIN pupil_row AS p ON p.id = event.pupil
LEFT JOIN (SELECT stay.pupil, stay.y, bool_or(migrant_child) AS migrant_child, max(disability[2]) AS disability
           FROM condition_of JOIN stay USING (id) GROUP BY stay.pupil, stay.y) AS h ON h.pupil = event.pupil AND h.y = event.y
"""
