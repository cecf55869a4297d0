"""How fast the auditor reads, and that its time grows with the length of the text and no faster.

    PYTHONPATH=src python benchmarks/audit.py [FILE...]

Without files an invented report is used: figures as dense as in real statistical reports, about one
in thirty characters. Seconds are processor time of one core.
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
    "专任教师2384人,其中本科及以上学历1976人,占82.9%;校舍面积41.20万平方米,生均12.39平方米。\n"
    "全年投入1.26亿元,其中中央资金8000万元、省级资金2600万元、县级配套2000万元。甲校、乙校、丙校等3所学校完成改造。\n"
)
PROSE = (
    "各学校坚持立德树人,把课堂教学、教研活动和家校沟通结合起来,形成了分工明确、协同推进的工作机制,教学质量稳步提高,群众满意程度逐年上升。"
    "教研部门组织骨干教师到乡镇学校送课,帮助青年教师备课、上课和反思,校际之间相互学习的风气日渐浓厚,薄弱学校的面貌有了明显变化。\n"
    "下一步将继续完善考核评价办法,把过程管理做细做实,推动各项任务按计划落地,让每个孩子都能在家门口享受到公平而有质量的教育。\n"
    "同时要看到,城乡之间、校际之间仍有差距,部分学科教师不足,信息技术应用还不够深入,需要在今后的工作中逐步加以解决。\n"
)
SIZES = (100_000, 200_000, 400_000, 800_000)


def main() -> None:
    given = "\n".join(read_document(Path(name)).text for name in sys.argv[1:]) or DENSE + PROSE
    print(f"{'characters':>12} {'figures':>9} {'relations':>9} {'seconds':>8} {'characters/s':>13}")
    for size in SIZES:
        text = (given * (size // len(given) + 1))[:size]
        began = time.process_time()
        audit = audit_text(text)
        taken = time.process_time() - began
        print(f"{size:>12,} {len(audit.figures):>9,} {len(audit.relations):>9,} {taken:>8.2f} {size / taken:>13,.0f}")
    for name, work in (("quantities", quantities), ("read_plan", read_plan)):
        text = (given * (SIZES[0] // len(given) + 1))[: SIZES[0]]
        began = time.process_time()
        work(text)
        print(f"{name}: {SIZES[0] / (time.process_time() - began):,.0f} characters/s")


if __name__ == "__main__":
    main()
