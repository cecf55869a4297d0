"""Posts, funds, licences, recognitions, inspections and population through the intake: stored with history, compared, refused in words."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.intake.report import IntakeReport
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.population import Population
from tests.intake.conftest import codes

Taken = Callable[..., IntakeReport]
SCHOOL = ["学校标识码", "学校名称"]
FIRST = ["1001", "晨光小学"]


@pytest.fixture
def officer(district: Organisation) -> Account:
    Organisation.objects.create(code="2001", name_zh="向日葵幼儿园", kind="kindergarten", parent=district, path="320999/2001")
    return Account.objects.create(username="officer", role="officer", organisation=district)


class TestEstablishment:
    HEAD = [*SCHOOL, "核定编制数", "开始日期", "结束日期", "批准文号"]

    def test_a_later_approval_ends_the_one_before_it(self, officer: Account, taken: Taken) -> None:
        first = taken([self.HEAD, [*FIRST, 80, "2012-09-01", None, "编〔2012〕8号"]], account=officer)
        assert (first.files[0].register, first.files[0].new, first.files[0].causes) == ("establishment", 1, [])
        second = taken([self.HEAD, [*FIRST, 84, "2017-09-01", None, "编〔2017〕11号"]], account=officer)
        assert second.files[0].new == 1
        rows = Establishment.objects.order_by("since").values_list("approved_posts", "since", "until")
        assert list(rows) == [(80, date(2012, 9, 1), date(2017, 9, 1)), (84, date(2017, 9, 1), None)]
        assert trail.verify() == []
        assert Establishment.history.filter(history_type="~").count() == 1

    def test_both_in_one_sheet_and_again_changes_nothing(self, officer: Account, taken: Taken) -> None:
        rows = [self.HEAD, [*FIRST, 84, "2017-09-01", None, ""], [*FIRST, 80, "2012-09-01", None, ""]]
        assert taken(rows, account=officer).files[0].new == 2
        assert Establishment.objects.get(since="2012-09-01").until == date(2017, 9, 1)
        again = taken(rows, account=officer).files[0]
        assert (again.new, again.changed, again.unchanged) == (0, 0, 2)

    def test_periods_that_overlap_by_their_own_words_go_back(self, officer: Account, taken: Taken) -> None:
        taken([self.HEAD, [*FIRST, 80, "2012-09-01", "2017-09-01", ""]], account=officer)
        report = taken(
            [self.HEAD, [*FIRST, 84, "2016-09-01", "2018-09-01", ""], [*FIRST, 85, "2019-09-01", "2018-01-01", ""]], account=officer
        )
        assert "EST-60" in codes(report)
        assert "EST-41" in codes(report)
        assert Establishment.objects.count() == 1


class TestFunds:
    HEAD = ["财政年度", "单位代码", "单位名称", "经费来源", "经费用途", "预算数（元）", "到位数（元）", "支出数（元）"]

    def line(self, *amounts: object, source: str = "县级资金", purpose: str = "公用经费", year: object = 2018) -> list[object]:
        return [year, *FIRST, source, purpose, *amounts]

    def test_amounts_are_kept_to_the_cent(self, officer: Account, taken: Taken) -> None:
        rows = [
            self.line("1,234,567,890.15", 0.1, 0.07),
            self.line(1000.005, 5, 5, source="中央资金"),
            self.line(0.1, 0.2, 0.2, source="捐赠"),
        ]
        report = taken([self.HEAD, *rows], account=officer)
        assert report.files[0].new == 3
        kept = Funds.objects.get(source="county")
        assert (kept.budgeted_yuan, kept.received_yuan, kept.spent_yuan) == (Decimal("1234567890.15"), Decimal("0.10"), Decimal("0.07"))
        assert Funds.objects.aggregate(all=Sum("received_yuan"))["all"] == Decimal("5.30")
        assert all(total.equal for total in report.files[0].totals)
        assert len(report.files[0].totals) == 3

    def test_a_blank_is_not_zero_and_overwrites_nothing(self, officer: Account, taken: Taken) -> None:
        taken([self.HEAD, self.line(100, 90, None)], account=officer)
        assert Funds.objects.get().spent_yuan is None
        report = taken([self.HEAD, self.line(None, 95, 80)], account=officer)
        assert report.files[0].fields == {"received_yuan": 1, "spent_yuan": 1}
        assert Funds.objects.get().budgeted_yuan == 100

    def test_what_the_sheet_does_not_name_is_left_out_and_stays(self, officer: Account, taken: Taken) -> None:
        taken([self.HEAD, self.line(1, 1, 1), self.line(2, 2, 2, purpose="学生资助")], account=officer)
        report = taken([self.HEAD, self.line(1, 1, 1)], account=officer)
        assert [one["record"] for one in report.files[0].left_out] == ["2018 county aid"]
        assert Funds.objects.count() == 2

    def test_unknown_words_and_too_much_spent_are_said(self, officer: Account, taken: Taken) -> None:
        report = taken(
            [
                self.HEAD,
                self.line(1, 1, 2),
                self.line(1, 1, 1, source="彩票"),
                self.line(1, -1, 1, source="捐赠"),
                self.line(1, 1, 1, year=18),
            ],
            account=officer,
        )
        assert sorted(codes(report)) == ["FND-03", "FND-03", "FND-04", "FND-80"]
        assert report.files[0].accepted == 1

    def test_a_clerk_enters_the_own_schools_lines_only(self, officer: Account, taken: Taken) -> None:
        clerk = Account.objects.create(username="clerk", role="clerk", organisation=Organisation.objects.get(code="1002"))
        report = taken([self.HEAD, self.line(1, 1, 1)], account=clerk)
        assert codes(report) == ["FND-08"]
        assert not Funds.objects.exists()


class TestInstitutions:
    def test_licences_and_their_renewal(self, officer: Account, taken: Taken) -> None:
        head = ["机构代码", "机构名称", "办学许可证号", "审批机关", "法人属性", "开始日期", "结束日期"]
        garden = ["2001", "向日葵幼儿园", "教民1号", "示例区教育局"]
        rows = [[*garden, "非营利性", "2018-08-20", "2023-08-20"], [*garden, "非营利性", "2023-08-20", None]]
        report = taken([head, *rows], account=officer)
        assert (report.files[0].register, report.files[0].new) == ("licences", 2)
        assert set(Licence.objects.values_list("legal_form", flat=True)) == {"non_profit"}

    def test_only_a_kindergarten_is_recognised_and_a_withdrawal_ends_it(self, officer: Account, taken: Taken) -> None:
        head = ["机构代码", "机构名称", "认定日期", "认定终止日期", "认定文号"]
        report = taken([head, ["2001", "", "2017-06-15", "", "27号"], ["1001", "", "2017-06-15", "", "27号"]], account=officer)
        assert (report.files[0].new, codes(report)) == (1, ["REC-81"])
        taken([head, ["2001", "", "2017-06-15", "2018-07-31", ""]], account=officer)
        assert InclusiveRecognition.objects.get().until == date(2018, 7, 31)
        assert InclusiveRecognition.objects.get().document == "27号"

    def test_inspections_a_year(self, officer: Account, taken: Taken) -> None:
        head = ["机构代码", "机构名称", "年检年度", "年检结果"]
        taken([head, ["2001", "", 2017, "合格"], ["2001", "", "2018", "整改后合格"]], account=officer)
        assert list(AnnualInspection.objects.order_by("year").values_list("year", "result")) == [
            (2017, "passed"),
            (2018, "basically_passed"),
        ]
        changed = taken([head, ["2001", "", 2018, "不合格"]], account=officer)
        assert changed.files[0].fields == {"result": 1}


def test_population_of_an_area_by_age_and_sex(officer: Account, taken: Taken) -> None:
    head = ["行政区划代码", "行政区划名称", "年份", "年龄", "性别", "人口口径", "人数"]
    area = ["320999", "示例区"]
    rows = [[*area, 2018, age, sex, base, 1000 + age] for age in (6, 7) for sex in ("男", "女") for base in ("常住人口", "户籍人口")]
    report = taken([head, *rows], account=officer)
    assert (report.files[0].register, report.files[0].new) == ("population", 8)
    assert (report.files[0].totals[0].file_total, report.files[0].totals[0].equal) == (8 * 1000 + 4 * 13, True)
    assert Population.objects.get(age=6, sex="1", base="resident").persons == 1006
    wrong = taken([head, [*area, 2018, 101, "男", "常住人口", 1], [*area, 2018, 6, "男", "流动人口", 1]], account=officer)
    assert sorted(codes(wrong)) == ["POP-03", "POP-04"]
    clerk = Account.objects.create(username="clerk", role="clerk", organisation=Organisation.objects.get(code="1001"))
    assert codes(taken([head, rows[0]], account=clerk)) == ["POP-08"]
