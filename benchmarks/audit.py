"""How fast the auditor reads, and that its time grows with the length of the text and no faster.

    PYTHONPATH=src python benchmarks/audit.py [FILE...]

Without files an invented dense report is used (a figure every eleven characters or so, far denser than real ones).
"""

import sys
import time
from pathlib import Path

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.plans.reading import read_plan
from jiaoheng.texts.document import read_document
from jiaoheng.texts.quantity import quantities

DENSE = (
    "全县共有学校126所,其中小学91所(含教学点14个)、初中35所;在校生33262人,比上年增加44人,增长0.13%。\n"
    "专任教师2384人,其中本科及以上学历1976人,占82.9%;校舍面积57.74万平方米,生均17.36平方米。\n"
    "全年投入1.26亿元,其中中央资金8000万元、省级资金2600万元、县级配套2000万元。甲校、乙校、丙校等3所学校完成改造。\n"
)
SIZES = (100_000, 200_000, 400_000, 800_000)


def main() -> None:
    given = "\n".join(read_document(Path(name)).text for name in sys.argv[1:]) or DENSE
    print(f"{'characters':>12} {'figures':>9} {'relations':>9} {'seconds':>8} {'characters/s':>13}")
    for size in SIZES:
        text = (given * (size // len(given) + 1))[:size]
        began = time.perf_counter()
        audit = audit_text(text)
        taken = time.perf_counter() - began
        print(f"{size:>12,} {len(audit.figures):>9,} {len(audit.relations):>9,} {taken:>8.2f} {size / taken:>13,.0f}")
    for name, work in (("quantities", quantities), ("read_plan", read_plan)):
        text = (given * (SIZES[0] // len(given) + 1))[: SIZES[0]]
        began = time.perf_counter()
        work(text)
        print(f"{name}: {SIZES[0] / (time.perf_counter() - began):,.0f} characters/s")


if __name__ == "__main__":
    main()
