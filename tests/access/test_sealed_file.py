"""Sealed files: read back whole, refused where anything was altered, cut off or exchanged; what was never sealed is read as it is."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.access import kept_files
from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.kept_files import files_by_key, seal_kept_files, sealed_files_anew
from jiaoheng.access.key_ring import FieldKey, KeyRing, add_key, key_ring
from jiaoheng.access.key_rotation import drop_unneeded, under_other_keys
from jiaoheng.access.sealed_file import clear_parts, clear_size, key_of, open_clear, read_clear, write_sealed

PIECE = 1 << 16
HEADER = 35
WORDS = "学生闻人立群的转学证明".encode()
SIZES = st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])


def place(name: str = "ab/file") -> Path:
    return Path(settings.DATA) / "attachments" / name


@pytest.fixture(params=["aes", "sm4"])
def cipher(request: pytest.FixtureRequest) -> Iterator[str]:
    with override_settings(FIELD_CIPHER=request.param):
        yield request.param


@given(size=SIZES, parts=st.integers(1, 100_000))
def test_what_was_sealed_is_read_back(size: int, parts: int) -> None:
    content = (WORDS * (size // len(WORDS) + 1))[:size]
    write_sealed(place(), (content[start : start + parts] for start in range(0, size, parts)))
    assert read_clear(place()) == content and clear_size(place()) == size
    assert WORDS not in place().read_bytes() and key_of(place()) == key_ring().present.id
    with open_clear(place()) as file:
        assert file.read(10) + file.read(PIECE) + file.read() == content


def test_a_file_is_for_this_program_only_and_grows_unseen(cipher: str) -> None:
    write_sealed(place(), [WORDS])
    assert stat.S_IMODE(place().stat().st_mode) == 0o600

    def stops() -> Iterator[bytes]:
        yield b"x" * (3 * PIECE)
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_sealed(place(), stops())
    assert read_clear(place()) == WORDS and list(place().parent.iterdir()) == [place()]


Altered = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda whole: whole[: HEADER + 2 * (PIECE + 16)], id="cut off after a piece"),
        pytest.param(lambda whole: whole[:-1], id="cut off in a piece"),
        pytest.param(lambda whole: whole[:HEADER], id="nothing left"),
        pytest.param(lambda whole: whole + b"\0", id="longer"),
        pytest.param(lambda whole: whole[:11] + bytes([whole[11] ^ 1]) + whole[12:], id="other key"),
        pytest.param(lambda whole: whole[:20] + bytes([whole[20] ^ 1]) + whole[21:], id="other salt"),
        pytest.param(lambda whole: whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:], id="altered"),
        pytest.param(
            lambda whole: (
                whole[:HEADER] + whole[HEADER + PIECE + 16 : HEADER + 2 * (PIECE + 16)] + whole[HEADER : HEADER + PIECE + 16]
                + whole[HEADER + 2 * (PIECE + 16) :]
            ),
            id="exchanged",
        ),
    ],
)  # fmt: skip
def test_what_was_altered_does_not_open(cipher: str, altered: Altered) -> None:
    write_sealed(place(), [b"x" * (2 * PIECE), WORDS])
    place().write_bytes(altered(place().read_bytes()))
    with pytest.raises(Unreadable):
        read_clear(place())


def test_a_file_in_the_place_of_another_does_not_open() -> None:
    write_sealed(place(), [WORDS])
    place().rename(place("ab/other"))
    with pytest.raises(Unreadable, match="attachments/ab/other was altered"):
        read_clear(place("ab/other"))


def test_a_key_that_is_gone_is_named() -> None:
    write_sealed(place(), [WORDS])
    other = KeyRing((FieldKey(bytes(byte ^ 1 for byte in key_ring().present.master)),))
    with pytest.raises(Unreadable, match=key_ring().present.id):
        list(clear_parts([place().read_bytes()], "attachments/ab/file", other))


def test_either_cipher_opens_what_the_other_sealed() -> None:
    write_sealed(place("aes"), [WORDS])
    with override_settings(FIELD_CIPHER="sm4"):
        write_sealed(place("sm4"), [WORDS])
        assert read_clear(place("aes")) == WORDS
    assert read_clear(place("sm4")) == WORDS
    assert place("aes").read_bytes()[9:11] == b"v1" and place("sm4").read_bytes()[9:11] == b"s1"


def test_files_from_before_are_read_and_sealed_and_who_was_killed_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {f"{n:02}/{n}": WORDS * (n + 1) for n in range(4)}
    for name, clear in content.items():
        place(name).parent.mkdir(parents=True)
        place(name).write_bytes(clear)
    assert all(read_clear(place(name)) == clear and clear_size(place(name)) == len(clear) for name, clear in content.items())
    real, calls = kept_files.write_sealed, []

    def stops(file: Path, parts: Iterator[bytes]) -> None:
        calls.append(file)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(file, parts)

    monkeypatch.setattr(kept_files, "write_sealed", stops)
    with pytest.raises(KeyboardInterrupt):
        seal_kept_files()
    assert [WORDS in place(name).read_bytes() for name in content] == [False, False, True, True]
    assert seal_kept_files() == 2 and seal_kept_files() == 0
    assert not any(WORDS in file.read_bytes() for file in Path(settings.DATA).rglob("*") if file.is_file())
    assert all(read_clear(place(name)) == clear for name, clear in content.items())


@pytest.mark.django_db
def test_a_key_that_a_file_needs_stays_until_rotation_reaches_the_file() -> None:
    write_sealed(place("first"), [WORDS])
    write_sealed(place("second"), [WORDS])
    old = key_ring().present.id
    assert len(add_key().keys) == 2
    assert under_other_keys() == 2 and drop_unneeded() == 2 and len(key_ring().keys) == 2
    damaged = place("second").read_bytes()[:-1]
    place("second").write_bytes(damaged)
    done = sealed_files_anew()
    assert done.count == 1 and "attachments/second" in done.faults[0] and place("second").read_bytes() == damaged
    assert files_by_key() == {key_ring().present.id: 1, old: 1} and drop_unneeded() == 1
    place("second").unlink()
    assert drop_unneeded() == 0 and [key.id for key in key_ring().keys] != [old] and read_clear(place("first")) == WORDS
