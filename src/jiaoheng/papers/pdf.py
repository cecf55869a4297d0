"""PDF: a manuscript set by typst on A4, with a cover, page numbers and repeated table heads.

Changes when the printed look changes; the look itself is `paper.typ`.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from jiaoheng.papers.chart import Chart
from jiaoheng.papers.manuscript import Manuscript, converted
from jiaoheng.papers.number_style import is_chinese
from jiaoheng.papers.typeface import BODY, HEADING, check_chinese

__all__ = ["write_pdf"]

_LOOK = Path(__file__).with_name("paper.typ")


def write_pdf(manuscript: Manuscript, charts: Sequence[Chart], output: Path) -> None:
    """Write the manuscript to a PDF file. Raises: NoChineseFont."""
    check_chinese()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        files = []
        for chart in charts:
            (room / f"chart-{chart.number}.svg").write_text(chart.svg(), encoding="utf-8")
            files.append(Path(f"chart-{chart.number}.svg"))
        body = _with_words(converted(manuscript.with_charts(files), "typst", day=manuscript.day), charts)
        (room / "paper.typ").write_text(_LOOK.read_text(encoding="utf-8"), encoding="utf-8")
        (room / "main.typ").write_text(f"{_opening(manuscript)}{_notes(body)}\n{_together(body)}", encoding="utf-8")
        day = manuscript.day
        _set(room, output.resolve(), datetime(day.year, day.month, day.day, tzinfo=UTC))


_SETTING = """
import sys, typst
from datetime import UTC, datetime
room, output, seconds = sys.argv[1:]
made_at = datetime.fromtimestamp(int(seconds), UTC)
typst.compile(room + "/main.typ", output=output, root=room, format="pdf", timestamp=made_at)
"""


def _set(room: Path, output: Path, made_at: datetime) -> None:
    """Set the document in a process of its own: what typst takes of memory is given back when the paper is written."""
    asked = [sys.executable, "-c", _SETTING, str(room), str(output), str(int(made_at.timestamp()))]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The PDF could not be set: {done.stderr.strip()[-2000:]}")


def _opening(manuscript: Manuscript) -> str:
    """The call of the look with the paper's heading lines, each as a quoted string."""
    chinese = is_chinese(manuscript.language)
    words = {
        "title": manuscript.title,
        "subtitle": manuscript.subtitle,
        "dated": manuscript.dated,
        "lang": "zh" if chinese else "en",
        "source": f"快照 {manuscript.snapshot[:12]}" if chinese else f"Snapshot {manuscript.snapshot[:12]}",
    }
    given = ", ".join(f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in words.items())
    fonts = ", ".join(
        f"{name}: ({', '.join(json.dumps(one) for one in faces)})" for name, faces in (("body-fonts", BODY), ("head-fonts", HEADING))
    )
    contents = f"contents: {json.dumps('目录' if chinese else 'Contents', ensure_ascii=False)}, " if manuscript.contents else ""
    cover = "" if manuscript.cover else "cover: false, "
    return f'#import "paper.typ": horizontalrule, paper, table-note, together\n#show: paper.with({given}, {contents}{cover}{fonts})\n'


def _with_words(body: str, charts: Sequence[Chart]) -> str:
    """Each chart with what it shows in words, for readers who hear the document."""
    for chart in charts:
        name = f'image("chart-{chart.number}.svg"'
        body = body.replace(name, f"{name}, alt: {json.dumps(chart.told, ensure_ascii=False)}")
    return body


def _together(body: str) -> str:
    """The text before the appendix inside the rule that keeps its tables whole."""
    appendix = body.find("<appendix>")
    start = body.rfind("\n= ", 0, appendix) if appendix >= 0 else -1
    return f"#together[\n{body[:start]}\n]\n{body[start:]}" if start > 0 else body


def _notes(body: str) -> str:
    """The notes under tables are set small; a rule names each, since typst knows blocks by their labels only."""
    return "".join(f"#show {label}: table-note\n" for label in dict.fromkeys(re.findall(r"<note-\d+>", body)))
