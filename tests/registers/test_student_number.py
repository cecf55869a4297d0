"""Student numbers: G, L or J and 18; an identity number is not one."""

import pytest

from jiaoheng.registers.identity_number import check_digit
from jiaoheng.registers.student_number import StudentNumber, StudentNumberRefused


@pytest.mark.parametrize(
    ("written", "kind"),
    [("g11010519491231002x", "G"), ("L510903201209014321", "L"), ("J51090320120901001" + check_digit("51090320120901001"), "J")],
)
def test_the_three_kinds_are_read(written: str, kind: str) -> None:
    read = StudentNumber.parse(written)
    assert (read.kind, read.text) == (kind, written.upper())


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"),
        ("11010519491231002X", "identity_number"),
        ("X11010519491231002X", "kind"),
        ("G1101051949123100", "length"),
        ("L51090320120901432X", "characters"),
        ("G110105194912310021", "check_digit"),
        ("L510903201213014321", "birth_date"),
    ],
)
def test_each_fault_has_its_own_reason(written: str, code: str) -> None:
    with pytest.raises(StudentNumberRefused) as refused:
        StudentNumber.parse(written)
    assert refused.value.code == code


def test_no_way_leads_from_an_identity_number_to_a_student_number() -> None:
    assert not [name for name in dir(StudentNumber) if "identity" in name]
