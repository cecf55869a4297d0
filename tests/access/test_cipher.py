"""Sealing: what is sealed opens again for its own column only; whatever was altered is refused; nothing shows by accident."""

import base64
import os
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.access.cipher import Sealed, Unreadable, blind_index, blind_indexes, hidden, key_id_of, seal, shown_ends, unseal
from jiaoheng.access.key_ring import FieldKey, KeyRing, KeysUnusable, add_key, drop_old_keys, key_file, key_ring
from jiaoheng.access.sm4_gcm import Sm4Gcm

RING = KeyRing((FieldKey(bytes(range(32))),))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


@given(texts, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_sealed_opens_again(text: str, column: str) -> None:
    sealed = seal(text, column, ring=RING)
    assert unseal(sealed, column, ring=RING) == text
    assert key_id_of(sealed) == RING.present.id


@given(texts, st.data())
def test_a_changed_byte_anywhere_is_refused(text: str, data: st.DataObject) -> None:
    version, key_id, body = seal(text, "t.c", ring=RING).split(".")
    content = bytearray(base64.urlsafe_b64decode(body))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unreadable, match="altered"):
        unseal(f"{version}.{key_id}.{base64.urlsafe_b64encode(bytes(content)).decode()}", "t.c", ring=RING)


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(Unreadable, match=r"staff\.phone"):
        unseal(seal("13800000000", "pupil.guardian_phone", ring=RING), "staff.phone", ring=RING)


@pytest.mark.parametrize("sealed", ["", "plain", "v1", "v1.x", "v0.abc.def", f"v1.{RING.present.id}.", f"v1.{RING.present.id}.***"])
def test_what_was_never_sealed_is_refused_in_words(sealed: str) -> None:
    with pytest.raises(Unreadable):
        unseal(sealed, "t.c", ring=RING)


def test_a_value_of_a_lost_key_names_the_key() -> None:
    sealed = seal("x", "t.c", ring=KeyRing((FieldKey(os.urandom(32)),)))
    with pytest.raises(Unreadable, match=key_id_of(sealed)):
        unseal(sealed, "t.c", ring=RING)


def test_equal_texts_are_sealed_differently_and_short_ones_equally_long() -> None:
    assert seal("disability", "t.c", ring=RING) != seal("disability", "t.c", ring=RING)
    assert len({len(seal(word, "t.c", ring=RING)) for word in ("boarder", "disability", "x", "migrant_child")}) == 1


def test_a_blind_index_is_equal_for_equal_values_of_one_purpose_and_key() -> None:
    one, other = FieldKey(b"1" * 32), FieldKey(b"2" * 32)
    assert blind_index("x", "identity", key=one) == blind_index("x", "identity", key=one)
    assert (
        len({blind_index(*value, key=key) for value in (("x", "identity"), ("x", "phone"), ("y", "identity")) for key in (one, other)}) == 6
    )


def test_masks_hide_at_least_a_third() -> None:
    assert shown_ends(3, 4)("13812345678") == "138****5678"
    assert shown_ends(3, 4)("1234567") == "******"
    assert hidden("disability") == "******"


def test_a_sealed_value_shows_its_mask_however_it_is_written(tmp_path: Path) -> None:
    value = Sealed(clear="13812345678", mask=shown_ends(3, 4))
    shown = [str(value), f"{value}", "%s" % value, repr(value), repr([value]), f"{value!r}"]  # noqa: UP031
    assert not [text for text in shown if "1234" in text]
    with pytest.raises(TypeError):
        pickle.dumps(value)
    assert value == Sealed(clear="13812345678")
    assert value != Sealed(clear="13812345679")


@pytest.fixture
def _no_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("JIAOHENG_FIELD_KEYS", raising=False)
    yield


@pytest.mark.usefixtures("_no_keys_in_the_environment")
def test_the_first_use_makes_a_key_that_only_its_owner_reads() -> None:
    ring = key_ring()
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert key_ring() == ring
    assert [file.name for file in key_file().parent.iterdir()] == ["field.key"]


@pytest.mark.usefixtures("_no_keys_in_the_environment")
def test_a_key_that_others_can_read_is_not_used() -> None:
    key_ring()
    key_file().chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        key_ring()


@pytest.mark.usefixtures("_no_keys_in_the_environment")
def test_a_new_key_seals_and_the_old_one_still_opens_until_dropped() -> None:
    old = seal("x", "t.c")
    index = blind_index("x", "p")
    add_key()
    assert key_id_of(seal("x", "t.c")) != key_id_of(old)
    assert unseal(old, "t.c") == "x"
    assert index in blind_indexes("x", "p")
    drop_old_keys()
    with pytest.raises(Unreadable):
        unseal(old, "t.c")


@pytest.mark.parametrize("given", ["short", "", "!!!!"])
@pytest.mark.usefixtures("_no_keys_in_the_environment")
def test_broken_keys_are_said_and_not_replaced(given: str) -> None:
    key_ring()
    key_file().write_text(given, encoding="ascii")
    with pytest.raises(KeysUnusable, match="Restore"):
        key_ring()
    assert key_file().read_text(encoding="ascii") == given


def test_keys_of_the_environment_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
    monkeypatch.setenv("JIAOHENG_FIELD_KEYS", ",".join(keys))
    assert [key.master[0] for key in key_ring().keys] == [1, 2]
    assert not key_file().exists()
    with pytest.raises(KeysUnusable, match="JIAOHENG_FIELD_KEYS"):
        add_key()


def test_sm4_gives_the_vector_of_rfc_8998() -> None:
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    nonce, said = bytes.fromhex("00001234567800000000ABCD"), bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    cipher = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    sealed = cipher.encrypt(nonce, plain, said)
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.decrypt(nonce, sealed, said) == plain


@given(texts, st.data())
def test_sm4_seals_opens_and_refuses_as_aes_does_and_either_opens_both(text: str, data: st.DataObject) -> None:
    first = seal(text, "t.c", ring=RING)
    with override_settings(FIELD_CIPHER="sm4"):
        second = seal(text, "t.c", ring=RING)
        assert unseal(first, "t.c", ring=RING) == unseal(second, "t.c", ring=RING) == text
    assert (first[:3], second[:3], key_id_of(second)) == ("v1.", "s1.", RING.present.id)
    assert unseal(second, "t.c", ring=RING) == text
    _version, key_id, body = second.split(".")
    content = bytearray(base64.urlsafe_b64decode(body))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    altered = f"{key_id}.{base64.urlsafe_b64encode(bytes(content)).decode()}"
    for other in (f"s1.{altered}", f"v1.{key_id}.{body}", f"s1.{key_id}.AAAA"):
        with pytest.raises(Unreadable, match="altered"):
            unseal(other, "t.c", ring=RING)
    with pytest.raises(Unreadable):
        unseal(second, "t.d", ring=RING)
