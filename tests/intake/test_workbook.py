"""Files that cannot be read: each gets one clear sentence, and nothing is stored."""

import io
import struct
import zipfile
from pathlib import Path

import docx
import pytest
import xlsxwriter
import xlwt

from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.container import MOST_UNPACKED_MB
from jiaoheng.intake.taking_in import take_in
from jiaoheng.intake.workbook import open_workbook
from jiaoheng.organisations.organisation import Organisation
from tests.intake.conftest import HEADINGS

GOOD = ["1001", "晨光小学", "2018-2019", "小学", 1214, 71, 9, 789100.5]
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compound(*streams: str) -> bytes:
    """A compound file's first sector and a directory with these streams."""
    header = _CFB + b"\x00" * 16 + struct.pack("<HHH", 0x3E, 3, 0xFFFE) + b"\x00" * 482
    directory = b"".join(name.encode("utf-16-le").ljust(64, b"\x00") + b"\x00" * 64 for name in ("Root Entry", *streams))
    return header + directory


def refusal(path: Path) -> UnreadableWorkbook:
    with pytest.raises(UnreadableWorkbook) as refused:
        book = open_workbook(path)
        for name in book.sheet_names:
            book.sheet(name)
    sentence = str(refused.value)
    assert path.name in sentence and "\n" not in sentence and "Traceback" not in sentence
    return refused.value


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_password_is_named(tmp_path):
    path = put(tmp_path / "locked.xlsx", compound("EncryptionInfo", "EncryptedPackage"))
    assert refusal(path).cause.code == "FILE-01"


def test_a_locked_old_workbook_is_named(tmp_path):
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "学校代码")
    kept = io.BytesIO()
    book.save(kept)
    # FILEPASS (0x002F) after the globals' BOF says that the rest is encrypted.
    content = kept.getvalue()
    begins = content.index(struct.pack("<HHH", 0x0809, 16, 0x0600))
    locked = content[: begins + 20] + struct.pack("<HH", 0x002F, 6) + b"\x01\x00\x01\x00\x01\x00" + content[begins + 20 : -10]
    assert refusal(put(tmp_path / "locked.xls", locked)).cause.code in ("FILE-01", "FILE-02")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_a_truncated_workbook_is_refused(written, tmp_path, share):
    content = written("whole.xlsx", [HEADINGS] + [GOOD] * 500).read_bytes()
    path = put(tmp_path / "cut.xlsx", content[: int(len(content) * share)])
    assert refusal(path).cause.code == "FILE-02"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_truncated_old_workbook_is_refused(tmp_path, share):
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row in range(2000):
        for column in range(6):
            sheet.write(row, column, f"{row} {column}")
    book.save(str(tmp_path / "whole.xls"))
    content = (tmp_path / "whole.xls").read_bytes()
    assert refusal(put(tmp_path / "cut.xls", content[: int(len(content) * share)])).cause.code == "FILE-02"


def bomb(path: Path, megabytes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(megabytes):
                sheet.write(b"\x00" * 1_000_000)
    return path


def test_a_bomb_is_refused_by_its_directory(tmp_path):
    path = bomb(tmp_path / "bomb.xlsx", MOST_UNPACKED_MB + 50)
    assert path.stat().st_size < 2_000_000
    assert refusal(path).cause.code == "FILE-03"


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    path = bomb(tmp_path / "bomb.xlsx", MOST_UNPACKED_MB + 50)
    content = path.read_bytes()
    size = struct.pack("<I", (MOST_UNPACKED_MB + 50) * 1_000_000)
    assert size in content
    lying = put(tmp_path / "lying.xlsx", content.replace(size, struct.pack("<I", 1000)))
    assert refusal(lying).cause.code in ("FILE-02", "FILE-03")


def test_a_cell_at_the_end_of_the_world_ends_no_reader(written, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "far.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write(1_048_575, 16_383, "x")
    assert refusal(tmp_path / "far.xlsx").cause.code == "FILE-14"


def test_a_word_document_is_called_one(tmp_path):
    document = docx.Document()
    document.add_paragraph("学校代码")
    document.save(str(tmp_path / "report.xlsx"))
    refused = refusal(tmp_path / "report.xlsx")
    assert refused.cause.code == "FILE-04" and "Word" in refused.cause.en and "Word" in refused.cause.zh
    assert refusal(put(tmp_path / "old.xls", compound("WordDocument"))).cause.code == "FILE-04"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.xlsx", b"", "FILE-09"),
        ("blank.csv", b"\n \n", "FILE-09"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table>", "FILE-04"),
        ("paper.xlsx", b"%PDF-1.7 ...", "FILE-04"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "FILE-04"),
        ("text.xlsx", b"school,pupils\n1,2\n", "FILE-02"),
        ("latin.csv", b"school,pupils\nLas Pi\xf1as,2\n\xff\xff", "FILE-08"),
    ],
)
def test_other_files_are_told_by_their_bytes(tmp_path, name, content, code):
    assert refusal(put(tmp_path / name, content)).cause.code == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_its_encoding_with_true_rows(tmp_path, encoding, separator):
    text = f'学校代码{separator}名称\r\n\r\n1001{separator}"晨光\n小学"\r\n1002{separator}春晖𠮷小学\r\n'
    sheet = open_workbook(put(tmp_path / "schools.csv", text.encode(encoding))).sheet("schools")
    assert [list(row) for row in sheet.rows] == [["学校代码", "名称"], ["", ""], ["1001", "晨光\n小学"], ["1002", "春晖𠮷小学"]]


def test_old_workbooks_are_read(district, tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("统计")
    for row, cells in enumerate([HEADINGS, GOOD]):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.save(str(tmp_path / "school.xls"))
    assert take_in([tmp_path / "school.xls"]).files[0].accepted == 1


def test_no_known_column_and_a_missing_one(db, written):
    unknown = take_in([written("menu.xlsx", [["dish", "price"], ["rice", 3]])])
    assert unknown.exit_status == 2 and unknown.files[0].causes[0].code == "FILE-05"
    lacking = take_in([written("lacking.xlsx", [["学校代码", "学生数", "专任教师数"], ["1", 2, 3]])])
    assert lacking.exit_status == 2
    cause = lacking.files[0].causes[0]
    assert cause.code == "FILE-06" and "School year" in cause.en and "学年" in cause.zh
    assert not Organisation.objects.exists()
