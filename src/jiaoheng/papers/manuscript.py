"""Manuscript: a finished text in Markdown, ready to be set as a document.

Changes when the reading of our Markdown changes. Every format reads the same dialect, in which raw HTML, TeX and typst mean nothing.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

__all__ = ["Manuscript", "converted"]

_READER = (
    "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-smart-example_lists-yaml_metadata_block"
    "-pandoc_title_block-fancy_lists-emoji+pipe_tables+table_captions+bracketed_spans+fenced_divs+link_attributes"
)


@dataclass(frozen=True)
class Manuscript:
    """Heading lines and body. Charts in the body are images named `chart-N`; `day` is the snapshot's, and dates the document.

    `record` is the paper's record as JSON, `origin` in one line what it takes to write the paper again.
    `contents`: whether a table of contents follows the cover; without `cover` the text begins under the title.
    """

    title: str
    subtitle: str
    dated: str
    body: str
    language: str
    day: date
    snapshot: str
    record: str
    origin: str
    contents: bool = False
    cover: bool = True

    def with_charts(self, files: Sequence[Path]) -> str:
        """The body with the charts' image files in place of their names, somewhat smaller in a paper of one page."""
        body = self.body if self.cover else self.body.replace("{width=100%}", "{width=80%}")
        for number, file in enumerate(files, start=1):
            body = body.replace(f"](chart-{number})", f"]({file.as_posix()})")
        return body


def converted(body: str, to: str, options: Sequence[str] = (), output: Path | None = None, *, day: date) -> str:
    """The Markdown body through pandoc: its text in the format `to`, or nothing where an output file is given.

    Documents carry the day of their snapshot and no other time, so that the same paper has the same bytes. Raises: RuntimeError where
    pandoc cannot be run.
    """
    import pypandoc

    written_to = [f"--output={output}"] if output else []
    asked = [pypandoc.get_pandoc_path(), f"--from={_READER}", f"--to={to}", "--columns=10", "--wrap=none", *options, *written_to]
    seconds = str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))
    done = subprocess.run(asked, input=body.encode(), capture_output=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": seconds})
    if done.returncode:
        raise RuntimeError(f"pandoc could not write {to}: {done.stderr.decode(errors='replace').strip()[-2000:]}")
    return done.stdout.decode()
