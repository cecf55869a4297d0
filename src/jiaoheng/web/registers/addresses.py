"""Addresses of the registers' pages.

Changes when a page of a register is added.
"""

from django.urls import URLPattern, path

from jiaoheng.web.registers.appointment_pages import appoint_member, end_appointment
from jiaoheng.web.registers.campus_pages import CAMPUSES
from jiaoheng.web.registers.catchment_pages import CATCHMENTS, catchment_file, catchment_upload
from jiaoheng.web.registers.class_pages import CLASSES, ROSTER
from jiaoheng.web.registers.duplicate_pages import compare, duplicates, undo_merge
from jiaoheng.web.registers.edit_pages import add_row, edit_row
from jiaoheng.web.registers.grade_turn_page import grade_turn
from jiaoheng.web.registers.licence_lists import INSPECTIONS, LICENCES, RECOGNITIONS
from jiaoheng.web.registers.merger_page import all_pupils
from jiaoheng.web.registers.opening_page import open_value
from jiaoheng.web.registers.population_list import POPULATION
from jiaoheng.web.registers.pupil_actions import admit, change_class, correction, end_condition, enrol_again, exit_of, note, transfer_in
from jiaoheng.web.registers.pupil_list import PUPILS, find_pupil
from jiaoheng.web.registers.pupil_page import pupil
from jiaoheng.web.registers.request_pages import REQUESTS, decide, decide_many, request_page
from jiaoheng.web.registers.school_history import follow_school, govern_school, rename_school, school_history
from jiaoheng.web.registers.school_lists import DISCREPANCIES, ESTABLISHMENT, FUNDS, GROUPS
from jiaoheng.web.registers.staff_pages import STAFF, staff_member
from jiaoheng.web.registers.trail_page import TRAIL
from jiaoheng.web.registers.typed_pages import take_out

__all__ = ["register_addresses"]

register_addresses: list[URLPattern] = [
    *PUPILS.urls("pupils/"),
    path("pupils/find/", find_pupil, name="find-pupil"),
    path("pupils/admit/", admit, name="admit"),
    path("pupils/transfer/", transfer_in, name="ask-transfer"),
    path("pupils/grade-turn/", grade_turn, name="grade-turn"),
    path("pupils/duplicates/", duplicates, name="duplicates"),
    path("pupils/duplicates/<int:first>/<int:second>/", compare, name="compare"),
    path("pupils/merges/<int:merged>/undo/", undo_merge, name="undo-merge"),
    path("pupils/conditions/<int:condition>/end/", end_condition, name="end-condition"),
    path("pupils/<int:pupil>/", pupil, name="pupil"),
    path("pupils/<int:pupil>/enrol/", enrol_again, name="enrol-again"),
    path("pupils/<int:pupil>/class/", change_class, name="change-class"),
    path("pupils/<int:pupil>/exit/", exit_of, name="ask-exit"),
    path("pupils/<int:pupil>/correction/", correction, name="ask-correction"),
    path("pupils/<int:pupil>/condition/", note, name="note-condition"),
    *REQUESTS.urls("requests/"),
    path("requests/decide/", decide_many, name="decide-many"),
    path("requests/<int:number>/", request_page, name="request"),
    path("requests/<int:number>/decide/", decide, name="decide"),
    *CLASSES.urls("classes/"),
    *ROSTER.urls("classes/<int:school_class>/"),
    *STAFF.urls("staff/"),
    path("staff/<int:member>/", staff_member, name="staff-member"),
    path("staff/<int:member>/appoint/", appoint_member, name="appoint"),
    path("staff/appointments/<int:appointment>/end/", end_appointment, name="end-appointment"),
    *ESTABLISHMENT.urls("establishment/"),
    *FUNDS.urls("funds/"),
    *GROUPS.urls("groups/"),
    *LICENCES.urls("licences/"),
    *INSPECTIONS.urls("inspections/"),
    *RECOGNITIONS.urls("recognitions/"),
    *POPULATION.urls("population/"),
    *DISCREPANCIES.urls("discrepancies/"),
    *TRAIL.urls("trail/"),
    *CAMPUSES.urls("campuses/"),
    *CATCHMENTS.urls("catchments/"),
    path("catchments/upload/", catchment_upload, name="catchment-upload"),
    path("catchments/areas.geojson", catchment_file, name="catchment-file"),
    path("schools/<str:code>/history/", school_history, name="school-history"),
    path("schools/<str:code>/rename/", rename_school, name="rename-school"),
    path("schools/<str:code>/edit/", govern_school, name="edit-school"),
    path("schools/<str:code>/all-pupils/", all_pupils, name="all-pupils"),
    path("schools/<str:code>/follow/", follow_school, name="follow-school"),
    path("registers/<str:register>/add/", add_row, name="add"),
    path("registers/<str:register>/<int:row>/edit/", edit_row, name="edit"),
    path("registers/<str:register>/<int:row>/take-out/", take_out, name="take-out"),
    path("registers/<str:register>/<int:row>/open/<str:field>/", open_value, name="open"),
]
