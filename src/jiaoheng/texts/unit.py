"""Units: the measure words and units of Chinese reports, and which of them can be added to which.

Changes when a unit is added. `DIMENSION` maps a unit to the thing it counts; two figures may be added when they share
it.
"""

__all__ = ["DIMENSION", "MAGNITUDES", "UNIT_PATTERN", "dimension_of"]

import re

MAGNITUDES = {
    "百": 100,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "百亿": 1e10,
    "万亿": 1e12,
}
"""What may stand between digits and unit, and by how much it multiplies."""

_THINGS = "所 个 处 家 座 校 园 点 间次"
_ALONE = (
    "人次 校次 科次 场次 班次 件次 条次 台次 车次 项次 批次 户次 课次 学科次 项 件 份 篇 幅 册 本 台 套 间 栋 "
    "幢 辆 部 支 条 块 张 枚 只 批 轮 门 科 类 种 层 级 期 对 组 队 片 堂 节 场 次 户 村 镇 乡 届 颗 棵 株 盏 "
    "副 架 把 床 例 起 宗 封 面 课时 学时 学分 班 篮 桌 餐 辆次 顶 眼 口 盘 盒 袋 箱 道 步 档 款 卷 吨 公斤 "
    "单人套 千克 斤 升 千瓦 千瓦时 度 兆 岁 周岁 年 个月 天 小时 分钟 周 分 秒 倍 折 番 公里 千米 米 厘米 里 美元 "
    "港元 欧元 字 号 排 桩 点位 部门 "
)

DIMENSION: dict[str, str] = {
    **{u: u for u in _ALONE.split()},
    **dict.fromkeys(_THINGS.split(), "个"),
    **dict.fromkeys(("人", "名", "位", "个人", "员"), "人"),
    **dict.fromkeys(("元", "元钱", "元人民币", "块钱"), "元"),
    **dict.fromkeys(("平方米", "平米", "㎡", "m2", "m²", "平方", "M2"), "平方米"),
    **dict.fromkeys(("亩", "公顷", "平方公里", "平方千米"), "亩"),
    **dict.fromkeys(("%", "个百分点", "百分点", "‰"), "%"),
    **dict.fromkeys(("公里", "千米"), "公里"),
}
DIMENSION.update(dict.fromkeys(("县市", "县区", "区县", "市县", "县(市)", "县", "市", "区", "市州", "州", "省"), "县"))
DIMENSION["个百分点"] = DIMENSION["百分点"] = "百分点"
DIMENSION["个班"] = DIMENSION["教学班"] = "班"

_PER = r"(?:/\s*[人生月年天日学期次班校所名时平方米·]{1,4}(?:/?[·/][人生月年天学期]{1,2})?)?"
_BY_LENGTH = sorted((u for u in DIMENSION if u not in ("员", "号")), key=len, reverse=True)

UNIT_PATTERN = "(?:" + "|".join(re.escape(u) for u in _BY_LENGTH) + ")" + _PER
"""A regular expression for one unit, the longest first, with what it is counted per (元/月)."""


def dimension_of(unit: str) -> str:
    """What a unit counts; the empty string for no unit; the unit itself where it is per something or unknown."""
    if "/" in unit:
        return unit
    return DIMENSION.get(unit, unit)
