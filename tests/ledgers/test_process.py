"""Processes: checked whole when loaded, each fault with file, line and key."""

from pathlib import Path

import pytest

from jiaoheng.ledgers.process import load_processes
from jiaoheng.rulebook.loader import RulebookFaulty

SOUND = """\
case:
  label: {en: Case, zh: 个案}
  source: Circular 1/2026 (example)
  actors: {office: {en: Office, zh: 股室}}
  fields: {answer: {en: Answer, zh: 答复}}
  starts: received
  states:
    received:
      label: {en: Received, zh: 收到}
      acts: [office]
      next: {answered: {needs: [answer]}}
    answered: {label: {en: Answered, zh: 答复}, end: closed}
  clocks:
    reply:
      label: {en: Reply, zh: 答复}
      counted_from: received
      until: [answered]
      limit: {days: 5, unit: working, source: Circular 1/2026 (example)}
"""


def faults(folder: Path, text: str) -> str:
    (folder / "processes").mkdir(exist_ok=True)
    (folder / "processes" / "case.yaml").write_text(text)
    with pytest.raises(RulebookFaulty) as raised:
        load_processes(folder)
    return str(raised.value)


def test_a_sound_process_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "case.yaml").write_text(SOUND)
    assert load_processes(tmp_path)["case"].who_acts("received", "answered") == ["office"]


@pytest.mark.parametrize(
    ("change", "line", "key", "words"),
    [
        (
            ("    answered: {label", "    lost: {label: {en: L, zh: L}, end: closed}\n    answered: {label"),
            12,
            "case.states.lost",
            "no way leads here",
        ),
        ((", end: closed}", "}"), 12, "case.states.answered", "a dead end"),
        (
            ("next: {answered: {needs: [answer]}}", "next: {gone: {}}"),
            11,
            "case.states.received.next.gone",
            "«gone» is none of received, answered",
        ),
        (("      acts: [office]\n", ""), 8, "case.states.received.acts", "somebody must act"),
        (("acts: [office]", "acts: [officer]"), 10, "case.states.received.acts", "«officer» is none of office"),
        (("needs: [answer]", "needs: [reply]"), 11, "case.states.received.next.answered.needs", "«reply» is none of answer"),
        (("counted_from: received", "counted_from: arrival"), 16, "case.clocks.reply.counted_from", "«arrival»"),
        (("until: [answered]", "until: [done]"), 17, "case.clocks.reply.until", "«done»"),
        (("days: 5,", "days: -5,"), 18, "case.clocks.reply.limit.days", "greater than or equal to 0"),
        (("unit: working", "unit: workdays"), 18, "case.clocks.reply.limit.unit", "workdays"),
        (("starts: received", "starts: begin"), 6, "case.starts", "«begin»"),
        (("      until: [answered]", "      until: [answered]\n      pauses: [rain]"), 18, "case.clocks.reply.pauses", "«rain»"),
    ],
)
def test_a_fault_is_told_with_file_line_and_key(tmp_path: Path, change: tuple[str, str], line: int, key: str, words: str) -> None:
    assert change[0] in SOUND
    told = faults(tmp_path, SOUND.replace(*change, 1))
    assert any(f"case.yaml, line {line}, {key}: " in fault and words in fault for fault in told.splitlines()), told


def test_a_ring_that_nothing_leaves_is_a_dead_end(tmp_path: Path) -> None:
    ring = SOUND.replace("next: {answered: {needs: [answer]}}", "next: {answered: {}, here: {}}").replace(
        "    answered:",
        "    here: {label: {en: H, zh: H}, acts: [office], next: {there: {}}}\n"
        "    there: {label: {en: T, zh: T}, acts: [office], next: {here: {}}}\n    answered:",
    )
    told = faults(tmp_path, ring)
    assert "case.states.here: a dead end" in told and "case.states.there: a dead end" in told


def test_every_shipped_process_is_sound_and_every_number_has_a_source() -> None:
    shipped = load_processes()
    assert {"petition", "hazard", "matter_710", "matter_15710", "disclosure_request", "dropout_case", "pupil_transfer", "proposal"} <= set(
        shipped
    )
    for process in shipped.values():
        assert process.clocks and process.source
        for clock in process.clocks.values():
            assert clock.limit.source and (clock.extension is None or clock.extension.source)


def test_the_picture_is_made_from_the_table() -> None:
    picture = load_processes()["petition"].picture("en")
    assert "    received --> accepted: Petition desk\n" in picture and "    closed --> [*]\n" in picture
