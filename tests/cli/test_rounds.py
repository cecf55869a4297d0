"""`jiaoheng round`: the whole road at the terminal, with exit statuses that a script can read."""

from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
import typer
from django.utils import timezone
from django.utils.translation import override
from typer.testing import CliRunner

from jiaoheng.access.account import Account
from jiaoheng.cli import rounds
from jiaoheng.intake.rounds.progress import progress_of
from jiaoheng.intake.rounds.round import Round
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics

pytestmark = pytest.mark.django_db
DUE = (timezone.localtime() + timedelta(days=5)).strftime("%Y-%m-%d 17:30")


def ran(*words: object) -> tuple[int, str]:
    app = typer.Typer()
    rounds.register(app)
    with override("en"):
        result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def schools(db: None) -> None:
    top = Organisation.objects.create(code="320999", name_zh="示例区", kind="county", path="320999")
    for code in ("1001", "1002"):
        Organisation.objects.create(code=code, name_zh=f"晨光{code}", kind="school", stages="primary", path=f"320999/{code}", parent=top)
    for name, role, code in (("officer", "officer", "320999"), ("clerk", "clerk", "1001"), ("head", "leader", "1001")):
        Account.objects.create(username=name, role=role, organisation=Organisation.objects.get(code=code))


def new(*words: object) -> tuple[int, str]:
    asks = ("--ask", "annual_statistics.pupils", "--school-year", "2018-2019", "--due", DUE, "--as", "officer")
    return ran("round", "new", "秋季补报", *asks, *words)


def test_a_round_from_new_to_lock(tmp_path: Path) -> None:
    assert new("--dry-run")[0] == 0
    assert not Round.objects.exists()
    status, said = new()
    assert status == 0 and "2 cells asked" in said
    number, file = Round.objects.get().pk, tmp_path / "校.xlsx"
    assert ran("round", "workbook", number, "1001", "--as", "clerk", "-o", file)[0] == 0
    assert ran("round", "return", file, "--as", "clerk", "--dry-run")[0] == 1, "nothing was filled in"
    book = openpyxl.load_workbook(file)
    book["学校年度基本情况"]["E5"] = 512
    book.save(file)
    status, said = ran("round", "return", file, "--as", "clerk")
    assert status == 0 and "annual_statistics.primary.pupils = 512" in said
    assert ran("round", "accept", number, "1001", "--as", "officer")[0] == 2, "not before the head has approved"
    assert ran("round", "approve", number, "1001", "--as", "head")[0] == 0
    assert ran("round", "send-back", number, "1001", "--reason", "再核", "--as", "officer")[0] == 0
    assert ran("round", "return", file, "--as", "clerk")[0] == 0
    assert ran("round", "approve", number, "1001", "--as", "head")[0] == 0
    assert ran("round", "accept", number, "1001", "--as", "officer")[0] == 0
    assert AnnualStatistics.objects.get().pupils == 512
    assert ran("round", "lock", number, "--as", "officer")[0] == 2, "a school owes, and there is time left"
    Round.objects.update(due=timezone.now() - timedelta(minutes=1))
    assert "1002" in ran("round", "show", number, "--late")[1]
    assert ran("round", "remind", number)[0] == 0
    assert ran("round", "lock", number, "--as", "officer")[0] == 0
    assert ran("round", "reopen", number, "--reason", "补报", "--as", "officer", "--due", DUE)[0] == 0
    assert ran("round", "reopen", number, "--school", "1001", "--reason", "更正", "--as", "officer")[0] == 0
    assert "秋季补报" in ran("round", "list")[1]


def test_an_unusual_figure_needs_its_reason(tmp_path: Path) -> None:
    school = Organisation.objects.get(code="1001")
    AnnualStatistics.objects.create(organisation=school, school_year="2017-2018", stage="primary", pupils=300)
    new()
    number, file = Round.objects.get().pk, tmp_path / "校.xlsx"
    ran("round", "workbook", number, "1001", "--as", "clerk", "-o", file)
    book = openpyxl.load_workbook(file)
    book["学校年度基本情况"]["E5"] = 512
    book.save(file)
    status, said = ran("round", "return", file, "--as", "clerk")
    assert status == 2 and "annual_statistics.primary.pupils" in said
    assert ran("round", "return", file, "--as", "clerk", "--reason", "annual_statistics.primary.pupils=并校")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("round", "show", 99),
        ("round", "accept", 99, "1001", "--as", "officer"),
        ("round", "new", "x", "--ask", "pupils.name", "--school-year", "2018-2019", "--due", DUE, "--as", "officer"),
        ("round", "new", "x", "--ask", "annual_statistics.pupils", "--school-year", "2018-2019", "--due", DUE, "--as", "clerk"),
        ("round", "new", "x", "--ask", "annual_statistics.pupils", "--school-year", "2018-2019", "--due", DUE, "--as", "nobody"),
        ("round", "return", "nothing.xlsx", "--as", "clerk"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(words: tuple[object, ...]) -> None:
    assert ran(*words)[0] == 2


def test_the_example_rounds_have_schools_at_every_state() -> None:
    assert ran("example-round")[0] == 2, "without statistics there is nothing to ask about"
    top = Organisation.objects.get(code="320999")
    for number in range(1003, 1012):
        path = f"320999/{number}"
        Organisation.objects.create(code=number, name_zh=f"晨光{number}", kind="school", stages="primary", path=path, parent=top)
    for school in Organisation.objects.filter(kind="school"):
        AnnualStatistics.objects.create(organisation=school, school_year="2018-2019", stage="primary", pupils=500, classes=12, teachers=30)
    assert ran("example-round")[0] == 0
    late = Round.objects.order_by("due").first()
    assert late is not None
    found = progress_of(late.parts.select_related("round"))
    assert all(found.by_state.values())
    assert found.late
