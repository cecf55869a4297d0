"""The labelled texts, where they are at hand: the auditor and the plan reader keep the scores they have reached."""

import contextlib
import importlib.util
import io
import json
import pathlib
import re
import sys
import types

import pytest

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.plans.reading import read_plan

FOLDER = pathlib.Path(__file__).parents[2] / ".." / "shared" / "audit"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the labelled texts are not here")


def scorer(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scores(module: types.ModuleType, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    monkeypatch.setattr(sys, "argv", ["score", *arguments, "--"])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        module.main()
    return {name.strip(): float(value) for name, value in re.findall(r"^(.+?)\s+\d+/\d+ = ([0-9.]+)$", out.getvalue(), re.MULTILINE)}


def test_the_auditor_keeps_its_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    module = scorer("score")
    monkeypatch.setattr(module, "run", lambda _, path: audit_text(path.read_text(encoding="utf-8")).as_dict()["relations"])
    reached = scores(module, [str(FOLDER / "texts")], monkeypatch)
    assert reached["recall of faults"] >= 0.90
    assert reached["precision of faults"] >= 0.90
    assert reached["recall of relations"] >= 0.85
    assert scores(module, ["--planted", str(FOLDER / "texts")], monkeypatch)["recall of planted faults"] >= 0.85


def test_the_plan_reader_keeps_its_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    module = scorer("score_plan")

    def run(command: list[object], **_: object) -> types.SimpleNamespace:
        plan = read_plan(pathlib.Path(str(command[-1])).read_text(encoding="utf-8"))
        return types.SimpleNamespace(stdout=json.dumps(plan.as_dict()), stderr="")

    monkeypatch.setattr(module, "subprocess", types.SimpleNamespace(run=run))
    reached = scores(module, [str(FOLDER / "plans")], monkeypatch)
    assert reached["recall of commitments"] >= 0.95
    assert reached["recall of targets"] >= 0.90
    assert reached["precision of targets"] >= 0.90
