"""The site's addresses."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path
from django.views.i18n import set_language

from jiaoheng.web.audit_page import audit
from jiaoheng.web.columns_page import columns, forget_columns, remembered_columns
from jiaoheng.web.compare_pages import compare_export, compare_schools
from jiaoheng.web.desk import desk, desk_calendar
from jiaoheng.web.discrepancy_page import discrepancy_rows
from jiaoheng.web.draw_pages import draw_page, draws, public_draw, public_draw_file
from jiaoheng.web.errors import forbidden, not_found, server_error
from jiaoheng.web.freeze import freeze_now
from jiaoheng.web.goal_count import goal_count, goal_rows, goal_rows_export
from jiaoheng.web.goals import goal, goal_milestone, goal_milestone_done, goal_new, goal_report, goal_target, goal_withdraw
from jiaoheng.web.health import health
from jiaoheng.web.home import area, home
from jiaoheng.web.import_pages import (
    blank_form,
    check_again,
    checks,
    confirm,
    drop,
    import_log,
    import_page,
    left_out,
    marked,
    progress,
    received,
    upload,
)
from jiaoheng.web.joint.addresses import joint_addresses
from jiaoheng.web.judging_page import judging, judging_file
from jiaoheng.web.ledger_board import board
from jiaoheng.web.ledger_bulk import bulk
from jiaoheng.web.ledger_duties import ledger_duties
from jiaoheng.web.ledger_entry_pages import edit_row, form_media, live_answers, new_row
from jiaoheng.web.ledger_intake_pages import empty_workbook, marked_rows, workbook_checks, workbook_sent
from jiaoheng.web.ledger_opening import open_sealed
from jiaoheng.web.ledger_pages import export_rows, index
from jiaoheng.web.ledger_pages import rows as ledger_rows
from jiaoheng.web.ledger_print import empty_paper, printed_paper, printed_row
from jiaoheng.web.ledger_publishing import ledger_form, publish_form, version_source
from jiaoheng.web.ledger_row_page import act_on_row, attachment, row_page
from jiaoheng.web.measure_course import measure_snapshots
from jiaoheng.web.measure_pages import measure, measure_export, measure_list
from jiaoheng.web.notice_pages import notices
from jiaoheng.web.openrosa import form_file, form_list, form_xml, manifest, submission
from jiaoheng.web.own_measure_pages import own_measure, own_measure_list, own_measure_new, own_measure_withdraw
from jiaoheng.web.paper_pages import paper, paper_body, paper_download, papers
from jiaoheng.web.phone_pages import phones
from jiaoheng.web.plan_pages import plan, plan_body, plan_export
from jiaoheng.web.plan_reader import plan_confirm, plan_read
from jiaoheng.web.registers.addresses import register_addresses
from jiaoheng.web.round_pages import round_act, round_export, round_new, round_page, rounds
from jiaoheng.web.round_school_pages import round_received, round_return, round_school, round_school_act, round_upload, round_workbook
from jiaoheng.web.rows_page import rows, rows_export
from jiaoheng.web.schools import school, schools, schools_export
from jiaoheng.web.search import search
from jiaoheng.web.sign_in import SignIn
from jiaoheng.web.standard_pages import standard_list, verdict, verdict_export
from jiaoheng.web.values_export import values_export
from jiaoheng.web.what_if_page import what_if
from jiaoheng.web.work_plans import meeting, offices, plan_new, wall, work_plan, work_plan_export, work_plan_timeline, work_plans

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", login_not_required(LogoutView.as_view()), name="sign-out"),
    path("language/", login_not_required(set_language), name="language"),
    path("health/", health, name="health"),
    path("search/", search, name="search"),
    path("areas/<str:code>/", area, name="area"),
    path("schools/", schools, name="schools"),
    path("schools/export.<str:form>", schools_export, name="schools-export"),
    path("schools/compare/", compare_schools, name="compare-schools"),
    path("schools/compare/export.<str:form>", compare_export, name="compare-export"),
    path("schools/<str:code>/", school, name="school"),
    path("desk/", desk, name="desk"),
    path("notices/", notices, name="notices"),
    path("desk/<str:token>.ics", desk_calendar, name="desk-calendar"),
    path("ledgers/", index, name="ledgers"),
    path("ledgers/publish/", publish_form, name="ledger-publish"),
    path("ledgers/<str:name>/", ledger_rows, name="ledger"),
    path("ledgers/<str:name>/overview/", board, name="ledger-board"),
    path("ledgers/<str:name>/print/", empty_paper, name="ledger-blank"),
    path("ledgers/<str:name>/<int:number>/print/", printed_row, name="ledger-print"),
    path("ledgers/<str:name>/<int:number>/print/<str:paper>/", printed_paper, name="ledger-paper"),
    path("ledgers/<str:name>/new/", new_row, name="ledger-new"),
    path("ledgers/<str:name>/live/", live_answers, name="ledger-live"),
    path("ledgers/<str:name>/bulk/", bulk, name="ledger-bulk"),
    path("ledgers/<str:name>/workbook.xlsx", empty_workbook, name="ledger-workbook"),
    path("ledgers/<str:name>/import/", workbook_sent, name="ledger-import"),
    path("ledgers/<str:name>/import/<str:token>/", workbook_checks, name="ledger-checks"),
    path("ledgers/<str:name>/import/<str:token>/marked.xlsx", marked_rows, name="ledger-marked"),
    path("ledgers/<str:name>/form/", ledger_form, name="ledger-form"),
    path("ledgers/<str:name>/duties/", ledger_duties, name="ledger-duties"),
    path("ledgers/<str:name>/form/<int:number>/", version_source, name="ledger-version"),
    path("ledgers/<str:name>/export.<str:form>", export_rows, name="ledger-export"),
    path("ledgers/<str:name>/<int:number>/", row_page, name="ledger-row"),
    path("ledgers/<str:name>/<int:number>/edit/", edit_row, name="ledger-edit"),
    path("ledgers/<str:name>/<int:number>/open/", open_sealed, name="ledger-open"),
    path("ledgers/<str:name>/<int:number>/act/", act_on_row, name="ledger-act"),
    path("ledgers/<str:name>/<int:number>/files/<int:file>/", attachment, name="ledger-file"),
    path("draws/", draws, name="draws"),
    path("draws/<int:number>/", draw_page, name="draw"),
    path("draw/<slug:public>/", public_draw, name="draw-public"),
    path("draw/<slug:public>/draw.json", public_draw_file, name="draw-file"),
    path("ledgers/<str:name>/media/<int:number>/<str:file>/", form_media, name="ledger-media"),
    *register_addresses,
    path("phones/", phones, name="phones"),
    *(
        path(f"openrosa/{key}{address}", view, name=f"openrosa-{name}{'-key' if key else ''}")
        for key in ("", "key/<str:token>/")
        for address, view, name in (
            ("formList", form_list, "list"),
            ("forms/<int:number>.xml", form_xml, "form"),
            ("forms/<int:number>/manifest", manifest, "manifest"),
            ("forms/<int:number>/files/<int:file>", form_file, "file"),
            ("submission", submission, "submission"),
        )
    ),
    path("measures/", measure_list, name="measures"),
    path("measures/export.<str:form>", values_export, name="values-export"),
    path("measures/own/", own_measure_list, name="own-measures"),
    path("measures/own/new/", own_measure_new, name="own-measure-new"),
    path("measures/own/<str:own>/", own_measure, name="own-measure"),
    path("measures/own/<str:own>/withdraw/", own_measure_withdraw, name="own-measure-withdraw"),
    path("measures/<str:measure_id>/", measure, name="measure"),
    path("measures/<str:measure_id>/export.<str:form>", measure_export, name="measure-export"),
    path("measures/<str:measure_id>/snapshots/", measure_snapshots, name="measure-snapshots"),
    path("measures/<str:measure_id>/rows/", rows, name="rows"),
    path("measures/<str:measure_id>/rows/export.<str:form>", rows_export, name="rows-export"),
    path("standards/", standard_list, name="standards"),
    path("standards/<str:standard_id>/", verdict, name="verdict"),
    path("standards/<str:standard_id>/export.<str:form>", verdict_export, name="verdict-export"),
    path("standards/<str:standard_id>/judging/", judging, name="judging"),
    path("standards/<str:standard_id>/judging/files/<str:sha256>", judging_file, name="judging-file"),
    path("standards/<str:standard_id>/what-if/", what_if, name="what-if"),
    path("standards/<str:standard_id>/plan-to-pass/", plan, name="plan-to-pass"),
    path("standards/<str:standard_id>/plan-to-pass/body/", plan_body, name="plan-to-pass-body"),
    path("standards/<str:standard_id>/plan-to-pass/export.<str:form>", plan_export, name="plan-to-pass-export"),
    path("imports/", import_log, name="imports"),
    path("imports/new/", upload, name="upload"),
    path("imports/forms/<str:register>.xlsx", blank_form, name="blank-form"),
    path("imports/checks/<str:token>/", checks, name="checks"),
    path("imports/checks/<str:token>/confirm/", confirm, name="confirm"),
    path("imports/checks/<str:token>/drop/", drop, name="drop"),
    path("imports/checks/<str:token>/again/", check_again, name="check-again"),
    path("imports/checks/<str:token>/progress/", progress, name="check-progress"),
    path("imports/checks/<str:token>/columns/", columns, name="columns"),
    path("imports/columns/", remembered_columns, name="remembered-columns"),
    path("imports/columns/<int:number>/forget/", forget_columns, name="forget-columns"),
    path("imports/checks/<str:token>/left-out/<int:number>.xlsx", left_out, name="left-out"),
    path("imports/checks/<str:token>/marked/<str:name>", marked, name="marked"),
    path("imports/<int:number>/", import_page, name="import"),
    path("imports/<int:number>/received/", received, name="received"),
    path("rounds/", rounds, name="rounds"),
    path("rounds/new/", round_new, name="round-new"),
    path("rounds/<int:number>/", round_page, name="round"),
    path("rounds/<int:number>/export.<str:form>", round_export, name="round-export"),
    path("rounds/<int:number>/do/<str:step>/", round_act, name="round-act"),
    path("rounds/<int:number>/schools/<str:code>/", round_school, name="round-school"),
    path("rounds/<int:number>/schools/<str:code>/workbook.xlsx", round_workbook, name="round-workbook"),
    path("rounds/<int:number>/schools/<str:code>/upload/", round_upload, name="round-upload"),
    path("rounds/<int:number>/schools/<str:code>/returns/<int:returned>/", round_return, name="round-return"),
    path("rounds/<int:number>/schools/<str:code>/returns/<int:returned>/received/", round_received, name="round-received"),
    path("rounds/<int:number>/schools/<str:code>/do/<str:step>/", round_school_act, name="round-school-act"),
    path("discrepancies/rows/", discrepancy_rows, name="discrepancy-rows"),
    path("papers/", papers, name="papers"),
    path("papers/<str:template_id>/", paper, name="paper"),
    path("papers/<str:template_id>/body/", paper_body, name="paper-body"),
    path("papers/<str:template_id>/download.<str:form>", paper_download, name="paper-download"),
    *joint_addresses,
    path("audit/", audit, name="audit"),
    path("plans/", work_plans, name="work-plans"),
    path("plans/new/", plan_new, name="plan-new"),
    path("plans/read/", plan_read, name="plan-read"),
    path("plans/read/confirm/", plan_confirm, name="plan-confirm"),
    path("plans/<int:number>/", work_plan, name="work-plan"),
    path("plans/<int:number>/export.<str:form>", work_plan_export, name="work-plan-export"),
    path("plans/<int:number>/timeline/", work_plan_timeline, name="work-plan-timeline"),
    path("plans/<int:number>/offices/", offices, name="work-plan-offices"),
    path("plans/<int:number>/wall/", wall, name="work-plan-wall"),
    path("plans/<int:number>/meeting/", meeting, name="work-plan-meeting"),
    path("plans/<int:number>/goals/new/", goal_new, name="goal-new"),
    path("goals/<int:number>/", goal, name="goal"),
    path("goals/<int:number>/count/", goal_count, name="goal-count"),
    path("goals/<int:number>/rows/", goal_rows, name="goal-rows"),
    path("goals/<int:number>/rows/export.<str:form>", goal_rows_export, name="goal-rows-export"),
    path("goals/<int:number>/report/", goal_report, name="goal-report"),
    path("goals/<int:number>/target/", goal_target, name="goal-target"),
    path("goals/<int:number>/withdraw/", goal_withdraw, name="goal-withdraw"),
    path("goals/<int:number>/milestones/", goal_milestone, name="goal-milestone"),
    path("goals/<int:number>/milestones/<int:milestone>/done/", goal_milestone_done, name="goal-milestone-done"),
    path("freeze/", freeze_now, name="freeze"),
]
handler403, handler404, handler500 = forbidden, not_found, server_error
