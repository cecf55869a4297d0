"""History of the example district: a school that got another name, two that were merged into a third, two licensed training institutions.

Changes when the example's schools have another past. It goes the roads that everybody goes: the intake, a change of name, a succession.
"""

import tempfile
from datetime import date
from pathlib import Path

import xlsxwriter
from django.db import transaction
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.change import Change
from jiaoheng.intake.example.district import COUNTY
from jiaoheng.intake.taking_in import take_in
from jiaoheng.intake.typed_row import take_row
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.registers.succession import FormerName, follow_on, rename

__all__ = ["make_example_history"]

_RENAMED = ("2199000011", "清源第二小学", date(2017, 9, 1), "示例区教〔2017〕36号")
"""The school 向阳小学: its former name, until when, and the document."""
_SUCCESSOR, _MERGED_ON, _DOCUMENT = "2199000018", date(2017, 9, 1), "示例区教〔2017〕41号"
_TOWN = f"{COUNTY}102"
_DIRECTORY = (
    ("代码", "名称", "英文名称", "机构类别", "上级代码", "学段", "办别", "城乡类型", "启用日期"),
    ("2199000091", "上坪教学点", "Shangping Teaching Point", "教学点", _TOWN, "小学", "公办", "乡村", "1968-09-01"),
    ("2199000092", "下坪教学点", "Xiaping Teaching Point", "教学点", _TOWN, "小学", "公办", "乡村", "1971-09-01"),
    ("9199000001", "示例区启航培训学校", "Qihang Training School", "培训机构", f"{COUNTY}001", "", "民办", "城区", "2014-03-01"),
    ("9199000002", "示例区墨香书画培训中心", "Moxiang Training Centre", "培训机构", f"{COUNTY}002", "", "民办", "城区", "2016-07-01"),
)
_MERGED = ("2199000091", "2199000092")
_LICENCES = (
    {"organisation": "9199000001", "number": "教民9901017000011号", "approved_by": "示例区教育局", "legal_form": "for_profit",
     "since": date(2014, 3, 1), "until": date(2019, 3, 1)},
    {"organisation": "9199000002", "number": "教民9901017000021号", "approved_by": "示例区教育局", "legal_form": "non_profit",
     "since": date(2016, 7, 1), "until": date(2021, 7, 1)},
)  # fmt: skip
_INSPECTIONS = tuple(
    {"organisation": code, "year": year, "result": result}
    for code, results in (("9199000001", ("passed", "basically_passed", "passed")), ("9199000002", ("not_inspected", "passed", "passed")))
    for year, result in zip((2016, 2017, 2018), results, strict=True)
)


def make_example_history() -> int:
    """Store it; how many things happened. All or none. Raises: Refused without the example's directory and an officer, and twice."""
    officer = Account.objects.filter(role=Role.OFFICER, organisation__isnull=False).exclude(organisation__kind__in=SCHOOL_KINDS).first()
    renamed = Organisation.objects.filter(code=_RENAMED[0]).first()
    if officer is None or renamed is None or not Organisation.objects.filter(code=_SUCCESSOR).exists():
        raise Refused(_("The example's history needs its directory of schools and a bureau officer's account. Take the example in first."))
    if FormerName.objects.filter(organisation=renamed).exists():
        raise Refused(_("The example's history is stored already."))
    with transaction.atomic():
        _take_in_directory(officer)
        _rename(renamed, officer)
        merged = list(Organisation.objects.filter(code__in=_MERGED).order_by("code"))
        successor = Organisation.objects.get(code=_SUCCESSOR)
        change = Change(officer, "生源减少，撤并教学点")
        follow_on(merged, [successor], kind="merger", on=_MERGED_ON, document=_DOCUMENT, change=change)
        for register, rows in (("licences", _LICENCES), ("inspections", _INSPECTIONS)):
            for row in rows:
                take_row(register, row, account=officer, reason="示例：培训机构许可与年检")
    return 2 + len(_LICENCES) + len(_INSPECTIONS)


def _take_in_directory(officer: Account) -> None:
    """Through the intake, as anybody's list of schools."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "机构名录-补充.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("机构名录")
            for row, cells in enumerate(_DIRECTORY):
                sheet.write_row(row, 0, cells)
        report = take_in([path], account=officer, register="organisations", returned=Path(folder) / "returned")
    file = report.files[0]
    if file.refused or file.rejected:
        raise Refused(" ".join(cause.message for cause in file.causes))


def _rename(school: Organisation, officer: Account) -> None:
    """The directory says the present name; the former one is what it had before."""
    code, former, on, document = _RENAMED
    now = (school.name_zh, school.name_en)
    change = Change(officer, "更名")
    Organisation.objects.filter(code=code).update(name_zh=former, name_en="Qingyuan Second Primary School")
    school.refresh_from_db()
    rename(school, name_zh=now[0], name_en=now[1], on=on, document=document, change=change)
