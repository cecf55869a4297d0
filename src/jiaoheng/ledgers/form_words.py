# ruff: noqa: E501 (sentences stand whole)
"""Form words: what pyxform says is wrong in a form, in our own words and in both languages.

Changes when pyxform says something new, or says it otherwise. A sentence that is not known here is handed on as it is, after a sentence
that says where it comes from.
"""

import difflib
import re
from collections.abc import Mapping

from pyxform.aliases import control, select
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from jiaoheng.rulebook.loader import Label

__all__ = ["in_chinese_too", "pyxform_words"]

_PAGE = re.compile(r"\s*Learn more: \S+|\s*If you do not mean to include a sheet.*|:? \{'.*", re.S)
_AT = re.compile(
    r"\[row : \d+\]\s*|On the '\w+' sheet, the '[^']*' value (?:'[^']*' )?is (?:invalid|problematic)\. |Invalid headers provided for sheet: "
)

_SAID: tuple[tuple[str, str], ...] = (
    (r"Unknown question type '(cascading.+)'\.", "旧式的“{0}”已不再支持：请改用select_one和choice_filter列。"),
    (r"Unknown question type '(.+)'\.", "没有题型“{0}”。"),
    (r"element named '([^']+)' has no label or hint", "“{0}”没有题面（label），也没有提示（hint）。"),
    (r"List name not in (?:choices|columns) sheet: (.+)", "choices表中没有选项列表“{0}”：补上该列表，或改正此处的列表名。"),
    (r"List name not in external choices sheet: (.+)", "external_choices表中没有选项列表“{0}”：补上该列表，或改正此处的列表名。"),
    (r"sheet named '(\w+)', the following sheets with similar names were found: (.*?)\.", "没有“{0}”表，但有名称相近的表：{1}。"),
    (r"There should be a choices sheet", "缺少choices表，选择题的选项写在该表的list_name、name、label三列。"),
    (r"should be an external_choices sheet", "缺少external_choices表，select_one_external的选项写在该表的list_name、name、label三列。"),
    (r"Choice names with spaces .* See \[(.*)\] in \[(.*)\]", "多选题的选项名不能含空格：列表“{1}”中的“{0}”。请改用下划线。"),
    (r"Choice names must be unique", "同一选项列表中的选项名（name）重复。确需重复时，在settings表写allow_choice_duplicates = yes。"),
    (r"Choices must have a name", "选项没有名称（name）。"),
    (r"Choices should have a label", "选项没有文字（label）。"),
    (r"Could not find the name '([^']*)'", "${{{0}}}不是本表的题名。请检查拼写和大小写。"),
    (r"must be unique anywhere in the 'survey'\. The name '([^']*)' appears", "${{{0}}}指哪一题不清楚：有几题同名。请给题目取不同的名称。"),
    (r"Reference variables must start with", "题名须写成${{题名}}：以“${{”开头，以“}}”结尾，中间不留空格。"),
    (r"lists must have a comma between", "几个${{题名}}之间须用逗号分开。"),
    (r"Names must begin with a letter", "名称须以字母、汉字或下划线开头，其后可用字母、汉字、数字、下划线、连字符和点，不能含空格。"),
    (r"unique within their nearest parent", "同一分组中已有同名的题目或分组，请改名。"),
    (r"case-insensitive match to another name", "名称与另一题只有大小写不同，有的统计软件会混为一题。"),
    (r"Repeat names must unique|Repeat names must not be the same", "重复组的名称与别的重复组或整份表单同名，请改名。"),
    (r"'meta' is reserved", "“meta”是保留名称，请改名。"),
    (r"Unmatched 'end_(\w+)'", "“end {0}”没有与之对应的“begin {0}”：多了一行，或与“begin”的种类不同。"),
    (r"Unmatched 'begin_(\w+)'.* for the name '([^']*)'", "“begin {0}”（{1}）没有与之对应的“end {0}”。"),
    (r"Question with no type", "有题名或题面，但没有题型（type）。不要的行请整行删去。"),
    (r"Question or group with no name", "没有名称（name）。"),
    (r"Row without name, text, or label", "此行没有名称和题面，未读取。"),
    (r"(?:Group|Repeat|Loop) has no label", "此分组没有标题（label）。"),
    (r"Missing calculation", "calculate题没有算式（calculation）。"),
    (r"must be in the form of 'key1=value1", "参数须写成“名称=值 名称=值”，如start=1 end=10。"),
    (r"accepted parameter keys for this question type are '(.*)'\. .*key\(s\): '(.*)'", "此题型没有参数“{1}”，可用的参数：{0}。"),
    (r"parameter '(\w+)' must be a number", "range题的参数“{0}”须为数字。"),
    (r"parameter '(\w+)' must not be '0'", "range题的参数“{0}”不能为0。"),
    (r"parameter '(\w+)' must not be larger than", "range题的参数“{0}”大于起止之差。"),
    (r"For the 'range' question type", "range题的参数不合要求。"),
    (r"Parameter ([\w-]+) must have an integer value", "参数“{0}”须为整数。"),
    (r"'?([\w-]+)'? parameter must have a numeric value", "参数“{0}”须为数字。"),
    (r"(randomize|track-changes|identify-user) must be set to (.*?)[:.]? ?'(.*)' is an invalid value", "参数“{0}”的值“{2}”无效，须为true或false。"),
    (r"'allow-mock-accuracy' parameter must be", "参数“allow-mock-accuracy”须为true或false。"),
    (r"'incremental' parameter may", "参数“incremental”须为true，或不写。"),
    (r"seed value must be a number", "参数“seed”须为数字，或写成${{题名}}。"),
    (r"must include randomize=true", "用“seed”时须同时写randomize=true。"),
    (r"Invalid value for quality", "参数“quality”的值无效。"),
    (r"Audits must always be named", "audit的名称列须留空。"),
    (r"Parameter location-|location information in|location-priority", "audit的位置参数不合要求：须同时写location-priority、location-min-interval和location-max-age。"),
    (r"'background-geopoint' questions, the '(\w+)' column", "background-geopoint题的“{0}”列不合要求：trigger须填，calculation须空。"),
    (r"File name for '(.*)' should end with", "“{0}”的文件名须以.csv、.geojson或.xml结尾。"),
    (r"Instance names must be unique within a form\. The name '([^']*)'", "附带文件或选项列表“{0}”重名，请改名。"),
    (r"same instance id .* Instance name: '([^']*)'", "“{0}”既是选项列表（或一个附带文件），又是另一个附带文件，请改名。"),
    (r"different names for the same column were found: (.*)\. Rename", "有两列意思相同：{0}。请删去或改名其中一列。"),
    (r"required column headers were not found: (.*)\.", "缺少列：{0}。"),
    (r"may be due a? ?missing header row", "没有标题行，或有一列没有标题。"),
    (r"Duplicate column header: (.*)", "有两列标题相同：{0}。"),
    (r"headers must not be empty and must not contain spaces", "choices表的列标题不能为空，也不能含空格。"),
    (r"must have a sheet named 'survey'", "缺少survey表，题目写在该表中。"),
    (r"not recognized as a supported type|not appear to be a valid|Error reading \.\w+ file", "这个文件不是XLSForm：须为.xlsx、.xls、.csv，或首列写表名的Markdown表格（.md）。"),
    (r"Choice filter not supported with or_other", "带“or_other”的选择题不能再用choice_filter：请在列表中自己加一个“其他”选项。"),
    (r"specify choices for this 'or other'", "带“or_other”的选择题没有选项。"),
    (r"could not find \S+in cascades sheet", "旧式的cascades表已不再支持：请改用choice_filter。"),
    (r"loop without list name", "“begin loop”须写明选项列表：begin loop over 列表名。"),
    (r"must also specify an image .* named (\S+)", "用big-image时须同时有image：{0}。"),
    (r"no survey element named '([^']*)'", "没有名为“{0}”的题目。"),
    (r"save_to|'entities' sheet", "实体（entities、save_to）的写法不合要求。"),
    (r"do not contain valid machine-readable codes: (.*?)\.(?: |$)", "语言名中没有语言代码：{0}。写成“中文 (zh)”“English (en)”，手机才知道是哪种语言。"),
    (r"Language '(.*?)' is missing the (\w+) (?:columns )?(.*?)(?: column)?\.", "语言“{0}”在{1}表中缺少：{2}。"),
    (r"uses or_other and translations", "“or_other”加上的“其他”选项只有英文，多语言的表单请在列表中自己加一个“其他”选项。"),
    (r"section has not been included", "“include”（引入另一份表单）已不再支持：请把那份表单的题目抄入本表。"),
    (r"Use the max-pixels parameter", "照片未限制大小：写参数max-pixels=1600可使上传快得多。"),
    (r"'disabled' column header", "“disabled”列已不在XLSForm标准中，请改用relevant。"),
    (r"(\w+) is no longer supported on most devices", "大多数手机已不提供“{0}”。"),
)  # fmt: skip
_KNOWN = [(re.compile(pattern, re.S), chinese) for pattern, chinese in _SAID]
_TYPES = sorted({*QUESTION_TYPE_DICT, *select, *(f"{edge} {kind}" for edge in ("begin", "end") for kind in control)})


def pyxform_words(said: str) -> Label:
    """A sentence of pyxform in both languages, without the row, the sheet and the address of a page."""
    said = _PAGE.sub("", said)
    english = _AT.sub("", said).strip()
    for pattern, chinese in _KNOWN:
        if found := pattern.search(said):
            values = [value or "" for value in found.groups()]
            return _with_a_guess(Label(en=english, zh=chinese.format(*values)), values[0] if "没有题型" in chinese else "")
    return Label(en=english, zh=f"XLSForm转换器的原话是：{english}")


_PUT_IN = {"Other": "其他", "Specify other.": "请说明"}
"""What pyxform itself puts into a form for `or_other`, in whatever language."""


def in_chinese_too(words: Mapping[str, str]) -> Mapping[str, str]:
    """Words that pyxform put in, by language, with ours for those who read Chinese; all others as they are."""
    if len(said := set(words.values())) != 1 or not (chinese := _PUT_IN.get(next(iter(said)))):
        return words
    return {
        **{language: text for language, text in words.items() if not re.search("zh|中文|chinese|汉语", language.lower())},
        "中文 (zh)": chinese,
    }


def _with_a_guess(label: Label, kind: str) -> Label:
    """The type that was meant, where one is near."""
    head, _blank, rest = kind.strip().partition(" ")
    for written in (kind.strip(), head):
        if near := difflib.get_close_matches(written.lower().replace("-", "_"), _TYPES, 1, 0.7):
            meant = near[0] if written == kind.strip() else f"{near[0]} {rest}"
            return Label(en=f"{label.en} Perhaps «{meant}»?", zh=f"{label.zh}是否为“{meant}”？")
    return label
