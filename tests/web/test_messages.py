"""The interface's words: every English one has its Chinese, and the compiled catalogue is the written one."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import messages


def test_every_word_of_the_interface_is_translated() -> None:
    catalogue = messages.read_catalogue(messages.catalogue_file())
    assert set(catalogue) == set(messages.found_messages()), "run: python tools/messages.py"
    assert [english for (english, _plural), chinese in catalogue.items() if not chinese] == []


def test_translations_keep_their_places_to_fill() -> None:
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for (english, _plural), chinese in messages.read_catalogue(messages.catalogue_file()).items():
        assert sorted(set(places.findall(english))) == sorted(set(places.findall(chinese))), english


def test_the_compiled_catalogue_is_the_written_one() -> None:
    file = messages.catalogue_file()
    assert file.with_suffix(".mo").read_bytes() == messages.compiled(messages.read_catalogue(file)), "run: python tools/messages.py"
