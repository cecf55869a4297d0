"""Clock words: every sentence that a clock or a refused move says, by code, in both languages.

Changes when a sentence is reworded. Tests assert codes and values, so words can improve.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from jiaoheng.rulebook.loader import Label

__all__ = ["SENTENCES", "Said"]

SENTENCES: Mapping[str, Label] = {
    "CLOCK-FROM": Label(en="Counted from {day}: {event}. That day itself is not counted.", zh="自{day}起算：{event}。当日不计入。"),
    "CLOCK-LIMIT": Label(en="{days} {unit} ({source}).", zh="期限{days}{unit}（{source}）。"),
    "CLOCK-GIVEN": Label(en="The due day {day} is written in the row.", zh="台账中写明到期日{day}。"),
    "CLOCK-GIVEN-EARLY": Label(
        en="The due day written in the row, {day}, lies before the start; the start is taken.",
        zh="台账中写明的到期日{day}早于起算日，按起算日计。",
    ),
    "CLOCK-SKIPPED": Label(en="{days} not counted: {why} ({source}).", zh="{days}不计入：{why}（{source}）。"),
    "CLOCK-UNKNOWN": Label(
        en="The holiday table does not reach {day}; from there on only weekends are left out. The day moves when the notice is entered.",
        zh="节假日安排尚未覆盖{day}；自该日起仅按周末扣除，节假日通知录入后到期日将随之调整。",
    ),
    "CLOCK-PAUSED": Label(
        en="Stopped from {start} to {end}: {why} ({source}); {days} days not counted.",
        zh="{start}至{end}中止：{why}（{source}），{days}天不计入。",
    ),
    "CLOCK-PAUSED-NOW": Label(
        en="Standing still since {start}: {why} ({source}). The due day shown holds if it goes on today.",
        zh="自{start}起中止：{why}（{source}）。所示到期日按今日恢复计算。",
    ),
    "CLOCK-PAUSE-SPENT": Label(
        en="The pause «{why}» lasts at most until {end} ({source}); from then on days count.",
        zh="“{why}”最长至{end}（{source}），此后继续计算。",
    ),
    "CLOCK-RESTARTED": Label(en="Counted anew from {day}: {why} ({source}).", zh="自{day}重新起算：{why}（{source}）。"),
    "CLOCK-ROLLED": Label(en="{day} is a day off ({why}); the next working day counts.", zh="{day}为休息日（{why}），顺延至下一工作日。"),
    "CLOCK-EXTENDED": Label(
        en="Extended by {days} {unit}, approved on {day} by {by} ({source}).", zh="{day}经{by}批准延长{days}{unit}（{source}）。"
    ),
    "CLOCK-EXTENSION-LATE": Label(
        en="An extension asked for at {asked} does not count: the last moment was {cut_off}.",
        zh="{asked}申请的延期无效：最迟应于{cut_off}前提出。",
    ),
    "CLOCK-EXTENSION-AGAIN": Label(
        en="A second extension on {day} does not count: one is allowed.", zh="{day}的第二次延期无效：只可延期一次。"
    ),
    "CLOCK-DUE": Label(en="Due on {day}.", zh="到期日：{day}。"),
    "CLOCK-STOPPED": Label(en="Done on {day}: {event}.", zh="{day}办结：{event}。"),
    "CLOCK-ON-TIME": Label(en="On time.", zh="按期。"),
    "CLOCK-LATE": Label(en="Late by {days} days.", zh="超期{days}天。"),
    "CLOCK-ELSEWISE": Label(en="Ended in another way; neither on time nor late.", zh="以其他方式结束，不计按期或超期。"),
    "CLOCK-LAPSED": Label(en="The time is over; nobody is late by it.", zh="期限已过，不计超期。"),
    "CLOCK-LEFT": Label(en="{days} {unit} left.", zh="剩余{days}{unit}。"),
    "CLOCK-OVERDUE": Label(en="Overdue by {days} {unit}.", zh="已超期{days}{unit}。"),
    "CLOCK-MOVED": Label(
        en="The due day moved from {before} to {after}, because the holiday table changed: {days}.",
        zh="因节假日安排调整（{days}），到期日由{before}变为{after}。",
    ),
    "CLOCK-RECOUNTED": Label(
        en="The due day of «{clock}» moved from {before} to {after}: the holiday table or the rule changed. {steps}",
        zh="因节假日安排或规则调整，“{clock}”到期日由{before}变为{after}。{steps}",
    ),
    "CLOCK-NOW-OFF": Label(en="{day} is now off ({why}, {source})", zh="{day}改为休息（{why}，{source}）"),
    "CLOCK-NOW-WORKS": Label(en="{day} is now worked ({why}, {source})", zh="{day}改为上班（{why}，{source}）"),
    "MOVE-NO-WAY": Label(
        en="From «{state}» a row cannot go to «{to}». It can go to: {ways}.", zh="“{state}”不能转为“{to}”，可转为：{ways}。"
    ),
    "MOVE-NOT-YOURS": Label(en="This step is for {actors}. Ask one of them.", zh="此步骤由{actors}办理，请联系其办理。"),
    "MOVE-CHOICE": Label(en="{field}: choose one of {choices}.", zh="{field}：请在{choices}中选择。"),
    "MOVE-TYPE": Label(en="{field}: write {type}.", zh="{field}：应填{type}。"),
    "MOVE-FILL": Label(en="Fill in first: {fields}.", zh="请先填写：{fields}。"),
    "MOVE-TWO": Label(
        en="{by} did something in this row at {at}, after you opened it. Look at it again, then decide.",
        zh="您打开后，{by}已于{at}办理此件，请刷新查看后再办理。",
    ),
    "MOVE-BEFORE": Label(
        en="{day} lies before the last event, {last}. Write a day from then on.",
        zh="{day}早于上一事项的日期{last}，请填写该日或之后的日期。",
    ),
    "MOVE-AHEAD": Label(en="{day} has not come yet. Write today or an earlier day.", zh="{day}尚未到来，请填写今日或之前的日期。"),
    "MOVE-ENDED": Label(
        en="This row has ended ({state}); nothing more can be done in it but notes.", zh="此件已结束（{state}），只能添加备注。"
    ),
    "MOVE-WINDOW": Label(en="«{clock}» runs until {day}. Wait until it is over.", zh="“{clock}”至{day}止，期满后方可办理。"),
    "MOVE-NO-CLOCK": Label(en="This process has no clock «{clock}».", zh="此流程没有时限“{clock}”。"),
    "PAUSE-UNKNOWN": Label(en="«{pause}» is no reason to pause here. Reasons: {pauses}.", zh="“{pause}”不是可中止的事由，可选：{pauses}。"),
    "PAUSE-ALREADY": Label(
        en="It is paused already: {pause}, since {day}. End that pause first.", zh="已处于中止：{pause}，自{day}起。请先结束该中止。"
    ),
    "PAUSE-OFTEN": Label(en="«{pause}» may pause a row {times} time(s); that is used up.", zh="“{pause}”最多中止{times}次，已用完。"),
    "PAUSE-NONE": Label(en="It is not paused.", zh="未处于中止状态。"),
    "EXTEND-NEVER": Label(en="«{clock}» cannot be extended.", zh="“{clock}”不可延期。"),
    "EXTEND-ONCE": Label(en="«{clock}» was extended on {day}; once is allowed.", zh="“{clock}”已于{day}延期，只可延期一次。"),
    "EXTEND-LATE": Label(
        en="Too late to ask: the last moment was {cut_off}. The row counts as overdue.", zh="申请过晚：最迟为{cut_off}，此件按超期计。"
    ),
    "EXTEND-LONG": Label(en="{days} {unit} at most.", zh="最多延长{days}{unit}。"),
    "EXTEND-NOT-ASKED": Label(en="Nobody has asked for an extension of «{clock}».", zh="“{clock}”没有待批的延期申请。"),
    "EXTEND-NOT-RUNNING": Label(en="«{clock}» is not running.", zh="“{clock}”未在计时。"),
}

_UNITS = {
    "working": Label(en="working days", zh="个工作日"),
    "calendar": Label(en="calendar days", zh="日"),
    "months": Label(en="months", zh="个月"),
}


@dataclass(frozen=True)
class Said:
    """A sentence: its code and the values in it. Values: labels, dates, lists of labels or sentences; a list of dates is a run of days."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """The sentence in the language of a tag such as `zh-hans` or `en`."""
        values = {name: _worded(value, language, name) for name, value in self.values.items()}
        return SENTENCES[self.code].in_language(language).format(**values)

    def __str__(self) -> str:
        return self.in_language("en")


def _worded(value: Any, language: str, name: str = "") -> str:
    match value:
        case Label() | Said():
            return value.in_language(language)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case [date() as first, _, *_, date() as last]:
            return f"{first}至{last}" if language.lower().startswith("zh") else f"{first} to {last}"
        case list() | tuple():
            return ("、" if language.lower().startswith("zh") else ", ").join(_worded(item, language) for item in value)
        case str() if name == "unit":
            return _UNITS[value].in_language(language)
        case _:
            return str(value)
