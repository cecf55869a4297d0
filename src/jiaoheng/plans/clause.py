"""Clauses: a work plan cut into its headings, numbered points and the clauses that each promise one thing.

Changes when plans are numbered or punctuated in another way.
"""

__all__ = ["Clause", "Point", "clauses_of", "points_of", "verb_of"]

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from jiaoheng.texts.numeral import parse_chinese


@dataclass(frozen=True, slots=True)
class Point:
    """One numbered point: its number as an integer (counted where the text has none), its headings, and where its
    body stands."""

    number: int
    section: str
    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: where it stands, and the verb it begins with ("" where it has none of its own)."""

    start: int
    end: int
    verb: str


_SECTION = re.compile(
    r"(?:(?<=[\n。;])|^)[ \t]*(?:第?[一二三四五六七八九十]{1,3}[、.]|第[一二三四五六七八九十]{1,3}[章节部]分?)"
    r"\s*(?P<title>[^\n。:;,]{2,40})[:\n。]?"
)
_NUMBER = re.compile(
    r"(?:(?<=[\n。;:])|^)[ \t\xa0]*(?:(?P<arabic>[0-9]{1,3})\s?[.、](?:(?![0-9])|(?=20[0-9]{2}年))"
    r"|(?P<circled>[①-⑳⒈-⒛])"
    r"|[((](?P<bracket>[一二三四五六七八九十]{1,3}|[0-9]{1,2})[))]"
    r"|(?P<round>[㈠-㈩])|(?P<said>[一二三四五六七八九十]是)|第(?P<nth>[一二三四五六七八九十]{1,2})[,、])\s*"
)
_TITLE_END = re.compile(r"[。:\n]")
_PREAMBLE = re.compile(r"指导思想|总体要求|总体思路|基本原则|工作思路")
_VERBS = (
    "坚决 贯彻落实 贯彻 落实 实施 推进 推动 加强 加快 加大 强化 深化 优化 完善 健全 建立 建成 建设 建好 构建 创建 "
    "创立 创新 争创 打造 开展 开发 开工 启动 启用 组织 举办 举行 制定 制订 出台 印发 修订 编制 提升 提高 扩大 "
    "扩充 增加 增强 新建 新增 新认定 新招 改建 改扩建 扩建 改造 改善 改进 改革 认定 完成 实现 达到 确保 保证 "
    "保障 保持 巩固 控制 降低 减少 消除 杜绝 遏制 防止 防范 化解 解决 整治 查处 纠正 治理 净化 规范 严格 严肃 "
    "督促 督导 指导 引导 鼓励 支持 探索 总结 推广 推行 推荐 普及 发展 培育 培养 培训 引进 招聘 选派 选聘 遴选 "
    "评选 评估 监测 检查 排查 抓好 抓实 抓紧 抓牢 狠抓 做好 做实 做强 办好 办理 用好 管好 守好 处理 处置 突出 "
    "坚持 压实 聚焦 聚合 聚集 统筹 协调 争取 投入 购买 安排 拨付 发放 资助 补助 免除 减免 落细 促进 营造 弘扬 "
    "宣传 表扬 表彰 维护 壮大 充实 配备 配齐 补齐 补充 设立 搭建 整合 盘活 深入 调研 谋划 部署 执行 履行 发挥 "
    "参加 参与 服务 关爱 关注 建档 登记 公开 接受 对接 联合 依托 继续 进行 举措 形成 力争 努力 争取 学习 广泛 "
    "拓展 拓宽 延伸 丰富 倡导 禁止 清理 清查 核查 审计 验收 通过 创优 申报 迎接 围绕 切实 扎实 全面 大力 积极 "
    "着力 进一步 持续 不断 稳步 稳妥 有序 逐步 认真 严禁 主动 及时 妥善 高质量 依法 充分 重点 牢固 牢牢 "
    "驰而不息 综合 注重 突破 抢抓 优先 科学 "
)
_VERB = re.compile("(?:" + "|".join(sorted(map(re.escape, set(_VERBS.split())), key=len, reverse=True)) + ")")
_LEAD = re.compile(r"^[\s“”]*(?:并|要|将|同时|此外|其中|全[市县区省]|各[校地级]|今年|[0-9]{4}年|年内|到?[0-9]{1,2}月底?前?,?)*")
_ONLY_TIME = re.compile(
    r"\s*(?:力争|计划)?(?:到|在|截至)?(?:20[0-9]{2}年)?(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日)?(?:年?底|末|年内|上半年|下半年)?(?:以?前|之前)?\s*"
)
_BREAK = re.compile(r"[。;!?\n]|,")
_OPEN, _CLOSE = "(“《", ")”》"


def points_of(text: str, same: str) -> Iterator[Point]:
    """Every numbered point of a plan, in order. `same` is the text in plain spelling; sections of principle are
    passed over.

    A plan without numbers is read line by line.
    """
    sections = [(m.start(), m.end(), m.group("title").strip()) for m in _SECTION.finditer(same)]
    numbers = [(m.start(), m.end(), m) for m in _NUMBER.finditer(same)]
    bounds = sorted({0, *(s for s, _, _ in sections), *(s for s, _, _ in numbers), len(same)})
    numbered = {start: (end, match) for start, end, match in numbers}
    titled = {start: (end, title) for start, end, title in sections}
    section, count = "", 0
    any_marks = bool(sections or numbers)
    for start, end in itertools.pairwise(bounds):
        body = start
        heading = ""
        number = 0
        if start in titled:
            body, section = titled[start][0], titled[start][1]
            if same[body - 1 : body] not in "。:\n" and len(section) > 16:
                body = start + same[start:body].index(section)  # the title runs on as a sentence: it is the promise itself
        if start in numbered and start not in titled:
            body, match = numbered[start]
            number = _number(match)
            heading, body = _heading(same, body, end)
        if any_marks and start == 0 and start not in numbered and start not in titled:
            continue
        if start in titled and _PREAMBLE.search(section):  # one long sentence of principle; what follows it may be promises
            stop = same.find("。", body, end)
            body = stop + 1 if stop >= 0 else end
        if end - body < 4:
            continue
        count += 1
        yield Point(number or count, section, heading, body, end)


def _number(match: re.Match[str]) -> int:
    """A point's number from 7. or (七) or ⑦ or 七是."""
    arabic, circled, bracket, ringed, said, nth = match.group("arabic", "circled", "bracket", "round", "said", "nth")
    mark = arabic or bracket or circled or ringed or nth or said[:1]
    if mark.isascii():
        return int(mark)
    return parse_chinese(mark) or int(unicodedata.numeric(mark[0], 0))


def _heading(same: str, body: int, end: int) -> tuple[str, int]:
    """A short title before the first full stop or colon of a point, and where the body begins after it."""
    match = _TITLE_END.search(same, body, min(end, body + 42))
    if match is None:
        return "", body
    title = same[body : match.start()].strip()
    if not title or len(title) > 36 or "," in title or ";" in title or re.search(r"[0-9]", title) or end - match.end() < 4:
        return "", body
    return title, match.end()


def clauses_of(same: str, point: Point) -> Iterator[Clause]:
    """The promises of one point: cut at full stops and semicolons, and at commas where a new verb begins."""
    cuts = [point.start]
    depth = 0
    for at in range(point.start, point.end):
        c = same[at]
        if c in _OPEN:
            depth += 1
        elif c in _CLOSE:
            depth = max(0, depth - 1)
        elif c in "。;!?\n":
            depth = 0
            cuts.append(at + 1)
        elif c == "," and depth == 0 and not _ONLY_TIME.fullmatch(same, cuts[-1], at) and _starts_promise(same, at + 1, point.end):
            cuts.append(at + 1)
    cuts.append(point.end)
    for start, end in itertools.pairwise(cuts):
        while start < end and same[start] in " \t\n,。;:":
            start += 1
        while end > start and same[end - 1] in " \t\n,。;:!?":
            end -= 1
        if end - start >= 4:
            yield Clause(start, end, verb_of(same[start : start + 24]))


def _starts_promise(same: str, at: int, stop: int) -> bool:
    """True where the words after a comma begin with a verb, or carry a figure of their own."""
    nxt = _BREAK.search(same, at, stop)
    ahead = same[at : nxt.start() if nxt else stop]
    return bool(verb_of(ahead[:24])) or bool(re.search(r"[0-9]", ahead))


def verb_of(words: str) -> str:
    """The verb a clause begins with, after adverbs of time and place; "" where it begins with a noun."""
    lead = _LEAD.match(words)
    match = _VERB.match(words, lead.end() if lead else 0)
    return match.group() if match else ""
