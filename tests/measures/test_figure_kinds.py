"""Quoted figures find the measure of the same meaning, with the rows narrowed as far as they speak of, or are told why there is none."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from jiaoheng.cli.figures import register
from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.figure_kinds import FigureKind, Quoted, answer, kind_of, load_figure_kinds, shares
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.small_world import small_world

SHARED = Path(__file__).parents[2] / ".." / "shared" / "domain" / "figures"

QUOTED = [
    Quoted("1", "safety hazards rectified", "count", "整改1131处"),
    Quoted("2", "第三季度新建改扩建学校 schools newly built", "count"),
    Quoted("3", "share of public requests answered", "rate"),
    Quoted("4", "primary net enrolment rate", "rate"),
    Quoted("5", "national awards won by pupils", "count"),
    Quoted("6", "money saved against budget", "amount"),
    Quoted("7", "", "count", "发展党员9名"),
    Quoted("8", "migrant primary pupils in private schools", "count"),
    Quoted("9", "city-level first prizes in an essay contest", "count"),
    Quoted("10", "literacy rate at ages 15-24", "rate"),
    Quoted("11", "length of induction training", "count"),
    Quoted("12", "trees planted on campuses", "count"),
    Quoted("13", "safety hazards rectified", "rate"),
]
"""Figures of nobody's report."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def kinds(catalogue: Catalogue) -> dict[str, FigureKind]:
    return load_figure_kinds(catalogue)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    tables = ("enrolments", "population", "ledger_hazards", "ledger_rows", "ledger_construction", "ledger_hotline", "ledger_awards",
              "ledger_procurement", "ledger_party_branches")  # fmt: skip
    return small_world(tmp_path_factory.mktemp("figures") / "world", only=tables)


def test_each_figure_has_the_value_of_the_measure_that_means_it(
    world: Snapshot, catalogue: Catalogue, kinds: dict[str, FigureKind]
) -> None:
    found = {one.quoted.id: one for one in answer(QUOTED, kinds, catalogue, world)}
    told = {key: (one.kind.measure if one.kind else None, one.value) for key, one in found.items()}
    assert told == {
        "1": ("hazards_put_right", 2), "2": ("project_schools", 1), "3": ("hotline_answered_share", 80),
        "4": ("net_enrolment", 62.5), "5": ("national_awards", 5), "6": ("purchase_saving", 150), "7": ("members_admitted", 3),
        "8": ("migrant_children", 1), "9": ("awards_won", 0), "10": (None, None), "11": (None, None),
        "12": (None, None), "13": (None, None),
    }  # fmt: skip
    assert (found["10"].is_result, found["11"].is_result, found["12"].kind, found["13"].kind) == (True, False, None, None)
    assert shares(found.values()) == (13, 12, 9, 9)


@pytest.mark.parametrize(("written", "expected"), [
    ("x: {says: [a], kinds: [count], measure: no_such}", "a measure of the catalogue"),
    ("x: {says: [a], kinds: [rate], measure: hazards_put_right}", "kind «rate»"),
    ("x: {says: [a], kinds: [count], measure: hazards_put_right, where: colour = 'red'}", "known columns"),
    ("x: {says: ['('], kinds: [count], measure: hazards_put_right}", "patterns that can be read"),
    ("x: {says: [a], kinds: [count]}", "or «none»"),
])  # fmt: skip
def test_a_kind_that_cannot_mean_its_measure_is_refused(tmp_path: Path, catalogue: Catalogue, written: str, expected: str) -> None:
    (tmp_path / "figure_kinds").mkdir()
    (tmp_path / "figure_kinds" / "own.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(RulebookFaulty, match=r"own\.yaml, line 1") as refused:
        load_figure_kinds(catalogue, tmp_path)
    assert expected in str(refused.value)


def _command() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return app


def test_the_command_says_it_all(world: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "figures.jsonl"
    lines = [{"id": one.id, "what": one.what, "kind": one.kind, "quote": one.quote} for one in QUOTED]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    asked = ["figures", str(file), "--snapshot", str(world.folder), "--language", "en"]
    done = CliRunner().invoke(_command(), [*asked, "--format", "json"])
    said = json.loads(done.stdout)
    assert said["summary"] == {"quantities": 13, "results": 12, "with_measure": 9, "with_value": 9}
    assert said["figures"][7]["where"] == "ownership in ('private', 'joint')" and said["figures"][9]["why"]
    assert "75.0 %" in CliRunner().invoke(_command(), asked).stdout
    file.write_text("{}\n", encoding="utf-8")
    done = CliRunner().invoke(_command(), asked)
    assert done.exit_code == 2 and "line 1" in done.stderr


@pytest.mark.skipif(not SHARED.is_dir(), reason="the figures of real reports are not here")
def test_nine_in_ten_results_of_real_reports_have_a_measure(kinds: dict[str, FigureKind]) -> None:
    lines = [json.loads(line) for file in sorted(SHARED.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    found = [kind_of(Quoted(one["id"], one["what"], one["kind"]), kinds) for one in lines]
    results = [hit for hit in found if hit is None or hit[1].result]
    assert len(results) > len(lines) - 10  # little is called no result
    assert sum(hit is not None and hit[1].measure is not None for hit in results) >= 0.9 * len(results)
