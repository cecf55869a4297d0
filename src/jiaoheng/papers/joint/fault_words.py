"""Fault words: what is wrong with a template, in the reader's language.

Changes when a fault is worded. The template's own messages are English; those that writers meet most are said again here, the others stay.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["in_words"]

_KNOWN: tuple[tuple[str, Promise], ...] = tuple(
    (pattern, words)
    for pattern, words in (
        (r"'?(\w+)'? is undefined\. Is it spelt right\?", _("There is no name “{0}”. Is it spelt right?")),
        (r"No measure is called «(.+?)»\. Did you mean «(.+?)»\?.*", _("No measure is called “{0}”. Did you mean “{1}”?")),
        (r"No measure is called «(.+?)»\..*", _("No measure is called “{0}”. Look for it with the search beside the text.")),
        (
            r"There is no value of «(.+?)» for (.+): nothing was reported\.",
            _('“{0}” has no value for {1}: nothing was reported. Ask first with {% if has("{0}") %} … {% endif %}'),
        ),
        (r"The table of (.+) by (\w+) would be empty: nothing was reported\.", _("The table of {0} would be empty: nothing was reported.")),
        (r"«(.+?)» is not a stage\. Stages here: (.+)\.", _("“{0}” is not a stage. Stages here: {1}.")),
        (r"«(.+?)» is not a scale\. Scales: (.+)\.", _("“{0}” is not a scale. Scales: {1}.")),
        (r"No organisation of the snapshot has the code «(.+?)»\.", _("No organisation of the snapshot has the code “{0}”.")),
        (r"«(.+?)» is not a standard of the rulebook\. Standards: (.+)\.", _("“{0}” is not a standard of the rulebook. Standards: {1}.")),
        (
            r"«(.+?)» would be printed without its source\..*",
            _("“{0}” would be printed without its source. Look figures up with figure(…), count(…) or change(…)."),
        ),
        (r"Encountered unknown tag '(\w+)'\..*", _("“{0}” is not a tag. Tags begin with if, for or set, and end with endif or endfor.")),
        (
            r"Unexpected end of template\. Jinja was looking for the following tags: (.+?)\. The innermost block .*'(\w+)'\..*",
            _("The text ends before {0}: “{1}” was opened and not closed."),
        ),
        (r"expected token '([^']+)', got '([^']+)'\.", _("Something is missing or too much here: “{0}” was expected, “{1}” stands there.")),
        (r"unexpected '([^']+)', expected '([^']+)'\.", _("“{0}” stands here where “{1}” was expected.")),
        (r"[Uu]nexpected '?end of template'?\.?", _("The text ends inside a tag. Was its closing bracket forgotten?")),
        (r"unexpected '([^']+)'\.", _("“{0}” does not belong here. Was a bracket or a quotation mark forgotten?")),
        (r"unexpected char (.+?) at \d+\.", _("The sign {0} does not belong here. Brackets and quotation marks must be Western ones.")),
        (r"Missing end of comment tag\.", _("A comment is opened and not closed.")),
        (r".*?(\w+)\(\) missing \d+ required positional arguments?: (.+)\.", _("{0}(…) needs more between its brackets: {1}.")),
        (r".*?(\w+)\(\) got an unexpected keyword argument '(\w+)'.*", _("{0}(…) knows no “{1}=”.")),
        (r"a template stands alone: .*", _("A part cannot include or import another text.")),
        (r"the template took more than ([\d,]+) steps and was stopped\..*", _("Stopped after {0} steps: does a loop have no end?")),
        (r"the paper grew beyond ([\d,]+) characters\..*", _("The text grew beyond {0} characters. Show fewer rows.")),
        (r"the heading block is not readable YAML\.", _("The heading block cannot be read: is a colon or a quotation mark missing?")),
        (r"the heading block is not a list of keys and values\.", _("The heading block consists of lines such as title: …")),
        (r"access to attribute '(.+?)' of '(.+?)' object is unsafe\.", _("“.{0}” is not allowed in a text.")),
        (r"there is no '?(.+?)'? here\.", _("There is no “{0}” here.")),
    )
)  # fmt: skip


def in_words(fault: str) -> str:
    """The fault in the reader's language, as far as it is known; else as it was said."""
    for pattern, words in _KNOWN:
        found = re.fullmatch(pattern, fault.strip(), re.DOTALL)
        if found:
            said = str(words)
            for number, group in enumerate(found.groups()):
                said = said.replace(f"{{{number}}}", group)
            return said
    return fault
