"""Wording: the reasons of findings in Chinese, one entry for each reason the rooms beside this one give in English.

Changes when a reason is worded. `{}` stands for a figure or a name and is carried over in its place.
"""

__all__ = ["REASONS", "explained"]

import re
from functools import cache

REASONS = {
    "the records give this: {}": "登记数据与此一致：{}",
    "the records give {}: {}": "登记数据为 {}：{}",
    "the parts listed after the total add up to it": "总数之后所列各项之和与总数相符",
    "the first parts of the list add up to the total": "所列前几项之和与总数相符",
    "they add up if {} stands outside the total": "若 {} 不计入总数，则各项之和相符",
    "figures side by side add up": "前后相连的数字之和相符",
    "the figures before it do not add up to it": "前面各项之和与合计不符",
    "the figures that follow miss the total by one digit": "后面各项之和与总数只差一位数字",
    "the figures before it for the same thing add up to it": "前面同类数字之和与之相符",
    "the figures before it for the same thing miss it by one digit": "前面同类数字之和与之只差一位数字",
    "the next figures for the same thing add up to it": "后面同类数字之和与之相符",
    "the next figures of its unit add up to it": "后面同单位数字之和与之相符",
    "the numbered lines below add up to it": "下列各条之和与总数相符",
    "the numbered lines below miss it by one digit": "下列各条之和与总数只差一位数字",
    "the lines below add up in {} columns, this one among them": "下面几行有 {} 项指标之和相符，本项在内",
    "{} other columns of these lines add up, this one does not": "这几行另有 {} 项指标之和相符，本项不符",
    "the figures that follow account for all of them": "后面所列各项之和与总数相符",
    "the figures that follow do not account for all of them": "后面所列各项之和与总数不符",
    "the amounts under the heading add up to it": "标题下各笔金额之和与标题所列相符",
    "the amounts under the heading miss it by one digit": "标题下各笔金额之和与标题所列只差一位数字",
    "the shares add up to it": "各项占比之和与合计相符",
    "the shares do not add up to it": "各项占比之和与合计不符",
    "the rows of the table add up to it": "表中各行之和与之相符",
    "the rows of the table do not add up to it": "表中各行之和与之不符",
    "{} other columns of these rows add up, this one does not": "这几行另有 {} 列之和相符，本列不符",
    "the cells of its row add up to it": "同一行各列之和与之相符",
    "{} other rows add up across, this one does not": "另有 {} 行各列之和相符，本行不符",
    "{} rows of this column are reckoned so": "本列有 {} 行如此算得",
    "{} other rows of this column are reckoned so; here it is {}": "本列另有 {} 行如此算得，此处应为 {}",
    "compulsory education is primary and junior secondary together": "义务教育为小学与初中之和",
    "the next figures for the same thing miss it by one digit": "后面同类数字之和与之只差一位数字",
    "the figures for its divisions do not add up to it": "按类别划分的数字之和与之不符",
    "the figures of the same thing for each of the names in its name add up to it": "名称所含各类的同类数字之和与之相符",
    "the figures of the same thing for each of the names in its name do not add up to it": ("名称所含各类的同类数字之和与之不符"),
    "the bracketed figures for {} beside each part": "各项括号内“{}”的数字",
    "the parts are {} short of the total": "各项之和比总数少 {}",
    "the parts are {} above the total": "各项之和比总数多 {}",
    "a part is larger than its whole": "部分大于总数",
    "{} names are listed before the count": "计数之前列出了 {} 个名称",
    "{} names are listed after the count": "计数之后列出了 {} 个名称",
    "{} names are listed, the count says {}": "列出了 {} 个名称，计数为 {}",
    "{} names are listed, one fewer than counted; 等 may stand for it": ("列出了 {} 个名称，比计数少一个，或为“等”所省略"),
    "the part over the whole gives the rate": "部分除以总数与比例相符",
    "the part over the whole gives the rate, cut off rather than rounded": "部分除以总数与比例相符（截尾，未四舍五入）",
    "the part over the whole is {}%": "部分除以总数应为 {}%",
    "all of them": "全部",
    "{} and {}% need a whole of {} to {}; {} and {}% one of {} to {}": ("由 {} 与 {}% 推得总数为 {} 至 {}，由 {} 与 {}% 推得 {} 至 {}"),
    "the rate agrees with the two figures": "增长率与两个数字相符",
    "the rate agrees with the two figures, truncated rather than rounded": "增长率与两个数字相符（截尾，未四舍五入）",
    "the rate should be {}%": "增长率应为 {}%",
    "the change was divided by the new figure; of the old one it is {}%": "误以现值为基数；以上年为基数应为 {}%",
    "the figures fall where the rate rises": "数字下降而增长率为正",
    "the two rates lie that far apart": "两个比例之差相符",
    "the two rates lie {} points apart": "两个比例相差 {} 个百分点",
    "the two levels lie that far apart": "两个数字之差相符",
    "the two levels lie {} apart": "两个数字相差 {}",
    "the remainder is what it should be": "差额相符",
    "{} apart, within the rounding of {}": "相差 {}，在“{}”的取整范围内",
    "{} apart": "相差 {}",
    "the whole over the number of them gives the average": "总量除以个数与平均数相符",
    "the whole over the number of them is {}": "总量除以个数为 {}",
    "the first pair implies {} of them, the second {}": "由前一组推得个数为 {}，由后一组推得 {}",
    "pupils over teachers give the ratio": "学生数除以教师数与比值相符",
    "pupils over teachers are {}": "学生数除以教师数为 {}",
    "count times rate gives the amount": "数量乘标准与金额相符",
    "count times rate is {}": "数量乘标准应为 {}",
    "stated twice, alike": "两处所述相同",
    "two values in the same words; their scope or date may differ": "同样的表述出现两个值，范围或时点可能不同",
    "two values for one quantity; their scope or date may differ": "同一数量出现两个值，范围或时点可能不同",
    "two values for one quantity; say so where their scope or date differs": ("同一数量出现两个值；若范围或时点不同，请注明"),
    "such a rate cannot exceed 100 %": "此类比率不可能超过 100%",
    "a gross rate may exceed 100 %, though seldom by a quarter": "毛入学率可以超过 100%，但很少超过四分之一",
    "too many digits for one count; perhaps two numbers run together": "一个计数的位数过多，可能是两个数字连写",
    "{} of {} gives it": "{}/{} 可得此比率",
    "{} of {} is {}%, {} is {}%; nothing lies between": ("{}/{} 为 {}%，{} 则为 {}%，其间没有整数人数可得此比率"),
}
_ROUNDED = ", within the rounding of the printed figures"


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), chinese)
        for english, chinese in sorted(REASONS.items(), key=lambda entry: -len(entry[0]))
    ]


def explained(reason: str, language: str) -> str:
    """A reason in Chinese (zh), or as it is. A reason without an entry stays English rather than being lost."""
    if language != "zh":
        return reason
    core = reason.removesuffix(_ROUNDED)
    for pattern, chinese in _patterns():
        match = pattern.fullmatch(core)
        if match:
            return chinese.format(*match.groups()) + ("（在取整范围内）" if core != reason else "")
    return reason
