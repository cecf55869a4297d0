"""Question kind: what a kind of question is called, for those who have never seen an XLSForm.

Changes when a form can ask something of another kind.
"""

from collections.abc import Mapping

from jiaoheng.rulebook.loader import Label

__all__ = ["kind_label"]


def kind_label(kind: str) -> Label:
    """The kind in words; one that is not known keeps its name."""
    return _CALLED.get(kind) or Label(en=kind, zh=kind)


_CALLED: Mapping[str, Label] = {
    "text": Label(en="text", zh="文本"),
    "integer": Label(en="whole number", zh="整数"),
    "decimal": Label(en="number", zh="数值"),
    "range": Label(en="number on a scale", zh="刻度数值"),
    "date": Label(en="day", zh="日期"),
    "time": Label(en="time of day", zh="时刻"),
    "dateTime": Label(en="day and time", zh="日期时刻"),
    "datetime": Label(en="day and time", zh="日期时刻"),
    "select_one": Label(en="one choice", zh="单选"),
    "select_one_external": Label(en="one choice", zh="单选"),
    "select_one_from_file": Label(en="one choice from a file", zh="单选（选项在文件中）"),
    "select_multiple": Label(en="several choices", zh="多选"),
    "select_multiple_from_file": Label(en="several choices from a file", zh="多选（选项在文件中）"),
    "rank": Label(en="choices in order", zh="排序"),
    "geopoint": Label(en="place", zh="位置"),
    "geotrace": Label(en="line on the map", zh="线路"),
    "geoshape": Label(en="area on the map", zh="地块"),
    "image": Label(en="picture", zh="图片"),
    "audio": Label(en="sound", zh="录音"),
    "video": Label(en="video", zh="视频"),
    "file": Label(en="file", zh="文件"),
    "barcode": Label(en="barcode", zh="条码"),
    "acknowledge": Label(en="tick to agree", zh="勾选确认"),
    "trigger": Label(en="tick to agree", zh="勾选确认"),
    "calculate": Label(en="worked out", zh="计算"),
    "hidden": Label(en="hidden", zh="隐藏"),
}
