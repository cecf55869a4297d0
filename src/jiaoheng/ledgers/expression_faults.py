"""Expression faults: why a text is no expression, with the mend, in words for the form's author.

Changes when authors make another mistake often. What the parser itself says stands behind our words, and alone where we have none.
"""

import difflib
import re
from collections.abc import Callable

from jiaoheng.ledgers.form_functions import FUNCTIONS
from jiaoheng.rulebook.loader import Label

__all__ = ["ExpressionFaulty", "why_no_expression"]

_LITERAL = re.compile(r"""'[^']*'|"[^"]*\"""")
_FULL_WIDTH = dict(
    zip(
        "，（）＝＞＜＋－＊／；：！“”‘’、≠≥≤×÷",
        [*",()=><+-*", "div", ";", ":", "!", *"\"\"''", ",", "!=", ">=", "<=", "*", "div"],
        strict=True,
    )
)


class ExpressionFaulty(Exception):
    """The text is not an expression, or cannot be worked out with these answers. `why` says so in both languages."""

    def __init__(self, text: str, why: Label, *, worked: bool = False) -> None:
        self.text, self.why, self.worked = text.strip(), why, worked
        super().__init__(self.label.en)

    @property
    def label(self) -> Label:
        """The text and why."""
        if self.worked:
            return Label(en=f"«{self.text}» cannot be worked out: {self.why.en}", zh=f"“{self.text}”无法计算：{self.why.zh}")
        return Label(en=f"«{self.text}» is not an expression: {self.why.en}", zh=f"“{self.text}”不是算式：{self.why.zh}")

    def written_as(self, text: str) -> "ExpressionFaulty":
        """The same fault of the text as its author wrote it."""
        return ExpressionFaulty(text, self.why, worked=self.worked)


def why_no_expression(text: str, said: str) -> Label:
    """What is wrong with a text that the parser refused; `said`: the parser's own words."""
    said = re.sub(r"\[err:\w+\] ", "", said)
    for why in _REASONS:
        if label := why(text, said):
            return Label(en=f"{label.en} ({said})", zh=label.zh)
    return Label(en=said, zh=f"不合语法，解析器的原话是：{said}")


def _function(text: str, said: str) -> Label | None:
    unknown = re.search(r"unknown function '?([\w:.-]+)", said) or re.search(r"'([\w:.-]+)'.*unknown function", said)
    if not unknown:
        return None
    name = unknown[1].replace("jr-", "jr:")
    meant = [name.lower()] if name.lower() in FUNCTIONS else difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.75)
    guess = meant[0].replace("jr-", "jr:") if meant else ""
    return Label(
        en=f"the function «{name}» is not known" + (f"; perhaps «{guess}»" if guess else ""),
        zh=f"没有函数“{name}”" + (f"，是否为“{guess}”？" if guess else "。"),
    )


def _signs(text: str, said: str) -> Label | None:
    bare = _bare(text)
    for sign in bare:
        if sign in _FULL_WIDTH:
            right = _FULL_WIDTH[sign]
            return Label(en=f"«{sign}» is no sign of an expression; write «{right}»", zh=f"“{sign}”不能用在算式里，请写半角的“{right}”。")
    for wrong, right in _WRONG:
        if found := re.search(wrong, bare):
            return Label(en=f"«{found[0]}» is written «{right}»", zh=f"“{found[0]}”应写成“{right}”。")
    return None


_WRONG = (
    ("==", "="), ("<>|=!", "!="), ("=<", "<="), ("=>", ">="), ("&gt;", ">"), ("&lt;", "<"), ("&amp;|&&|&", "and"), (r"\|\|", "or"),
    (r"\bAND\b|\bAnd\b", "and"), (r"\bOR\b|\bOr\b", "or"), ("%", "mod"),
    (r"\$\([^)]*\)|(?<!\$)\{[^}]*\}|\$(?=\w)", "${name}"),
)  # fmt: skip


def _bare(text: str) -> str:
    """Without its texts in quotation marks."""
    return _LITERAL.sub("''", text)


def _missing_side(text: str, said: str) -> Label | None:
    if re.search(r"(^|\(|,|\b(?:and|or)\b)\s*(?:[<>]=?|!?=)", _bare(text).strip()):
        return Label(
            en="something to compare is missing; the answer itself is written with a dot, as in . >= 0 and . <= 10",
            zh="比较符号前缺少内容。本题的答案用点表示，如. >= 0 and . <= 10。",
        )
    return None


def _unbalanced(text: str, said: str) -> Label | None:
    bare = _bare(text)
    if len(re.findall(r"['\"]", bare.replace("''", ""))) % 2:
        return Label(en="a quotation mark has no other half", zh="引号没有成对。")
    opened, closed = bare.count("("), bare.count(")")
    if opened != closed:
        return Label(en=f"{opened} brackets are opened and {closed} closed", zh=f"括号没有成对：左括号{opened}个，右括号{closed}个。")
    return None


def _arguments(text: str, said: str) -> Label | None:
    found = re.search(r"'fn:([\w-]+)' function.*Too (few|many) arguments: ?,? ?expected at (?:least|most) (\d+)", said) or re.search(
        r"'fn:([\w-]+)' function.*Too (few|many) arguments, expected at (?:least|most) (\d+)", said
    )
    if not found:
        return None
    name, few, number = found[1].replace("jr-", "jr:"), found[2] == "few", found[3]
    return Label(
        en=f"«{name}» takes at {'least' if few else 'most'} {number} values",
        zh=f"函数“{name}”{'至少要' if few else '最多只能有'}{number}个值，写的{'少' if few else '多'}了。",
    )


def _unfinished(text: str, said: str) -> Label | None:
    if "end of source" in said or "source is empty" in said:
        return Label(en="it ends too early", zh="没有写完。")
    return None


_REASONS: tuple[Callable[[str, str], Label | None], ...] = (_function, _signs, _missing_side, _unbalanced, _arguments, _unfinished)
