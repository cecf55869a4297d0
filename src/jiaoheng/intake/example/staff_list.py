"""Staff list: the staff and appointments of one school year as rows of the registers, in the registers' field names and codes.

Changes when what a year's workbooks of staff say changes.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from jiaoheng.intake.example.staff import Appointed, Member
from jiaoheng.intake.example.stays import starts

__all__ = ["appointment_rows", "staff_rows"]

_STAGES = {"preschool": "学前", "primary": "小学", "junior": "初中", "senior": "高中"}


def staff_rows(members: Sequence[Member], year: int) -> pl.DataFrame:
    """Everybody employed on 1 September, and those who have left since the year before, with the day on which they did."""
    return pl.DataFrame([_row(member, year) for member in members if year in member.years or year - 1 in member.years])


def appointment_rows(members: Sequence[Member], times: Sequence[Appointed], year: int) -> pl.DataFrame:
    """Posts that began or ended since the year before, and the times at other schools that begin this year."""
    return pl.DataFrame(list(_appointments(members, times, year)), infer_schema_length=None)


def _row(member: Member, year: int) -> dict[str, object]:
    told = min(year, member.years.stop - 1)
    gone = year not in member.years
    teaches = member.post == "teacher"
    return {
        "staff_number": member.staff_number,
        "identity_number": member.identity_number,
        "name": member.name,
        "sex": "1" if member.man else "2",
        "birth_date": member.born.isoformat(),
        "organisation": member.place.code,
        "organisation_name": member.place.name_zh,
        "education": member.education[told],
        "degree": member.degree(told),
        "title": member.title[told],
        "post": member.post,
        "on_establishment": member.established,
        "promoted_on": titled.isoformat() if (titled := member.titled[told]) else None,
        "certificate": member.certificate,
        "registration_due": member.registration_due.isoformat() if member.registration_due else None,
        "stages": _STAGES[member.stage] if teaches else None,
        "subjects": (member.subject[told] or None) if teaches else None,
        "backbone": member.backbone[told] or None,
        "employed_on": member.employed_on.isoformat(),
        "left_on": member.left_on.isoformat() if gone and member.left_on else None,
        "phone": member.phone,
        "bank_card": member.bank_card,
        "training_hours": round(member.training_hours * (3 + year) / 5) if teaches else None,
    }


def _appointments(members: Sequence[Member], times: Sequence[Appointed], year: int) -> Iterator[dict[str, object]]:
    for member in members:
        began = member.years.start == year if year else year in member.years
        ended = member.left_on is not None and member.years.stop == year
        if began or ended:
            yield {
                "staff_number": member.staff_number,
                "name": member.name,
                "organisation": member.place.code,
                "organisation_name": member.place.name_zh,
                "kind": "post",
                "since": member.employed_on.isoformat(),
                "until": member.left_on.isoformat() if ended and member.left_on else None,
            }
    for time in times:
        if time.since == starts(year):
            yield {
                "staff_number": time.member.staff_number,
                "name": time.member.name,
                "organisation": time.place.code,
                "organisation_name": time.place.name_zh,
                "kind": time.kind,
                "since": time.since.isoformat(),
                "until": time.until.isoformat(),
            }
