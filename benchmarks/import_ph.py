"""How long an import takes beside merely reading the same files, and how much memory it needs, in one run.

Reads the four published files of Philippine schools where they lie beside the repository (../shared/data/ph-schools); elsewhere it makes
files of the same shape and size from a seed. Each side runs in processes of its own, by turns, so that a busy machine slows both; the
turn in the middle counts. Ends with status 1 where the import takes more than 12 times the reading, or more than 800 MB.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

REPOSITORY = Path(__file__).resolve().parents[1]
MAPPING = REPOSITORY / "examples" / "philippines" / "mapping.yaml"
MOST_TIMES, MOST_MB = 12.0, 800.0

READ = """
import sys, time
import polars as pl
from python_calamine import CalamineWorkbook
began = time.perf_counter()
for path in sys.argv[1:]:
    if path.endswith(".csv"):
        pl.read_csv(path, infer_schema_length=0)
        continue
    book = CalamineWorkbook.from_filelike(open(path, "rb"))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        pl.DataFrame(rows, orient="row", strict=False, infer_schema_length=None)
print(time.perf_counter() - began)
"""


def made(folder: Path, schools: int = 46_000) -> Path:
    """The four files, invented, of the same shape. A .xls name holds an .xlsx, which the intake tells by its bytes."""
    chance = random.Random(2013)
    listed = [
        "school.id,school.name,school.region,school.division,school.district,"
        "school.classification,school.classification2,school.urban,map.lat,map.lon"
    ]
    books = {
        "rooms.xls": (
            "rooms",
            ["School ID", "rooms.standard.academic", "rooms.standard.unused", "rooms.nonstandard.academic", "rooms.nonstandard.unused"],
        ),
        "teachers.xls": ("teachers", ["school.id", "teachers.instructor", "teachers.mobile", "teachers.regular", "teachers.sped"]),
        "mooe.xlsx": ("Public ES and SS", ["school.id", "school.name", "school.enrollment", "school.offering", "school.mooe"]),
    }
    rows: dict[str, list[list[object]]] = {name: [headings] for name, (_, headings) in books.items()}
    for number in range(schools):
        code, region, pupils = 100_000 + number, number % 17, chance.randint(40, 900)
        level = "Secondary" if number % 6 == 0 else "Elementary"
        place = f"Region {region},Division {number % 213},District {number % 2427}"
        listed.append(f"{code},Example School {number},{place},{level},DepED Managed,Rural,{5 + region},{118 + region / 4}")
        rows["rooms.xls"].append([code, pupils // 40, 1, chance.randint(0, 2), 0])
        rows["teachers.xls"].append([str(code), 0, chance.randint(0, 2), pupils // 35, 0])
        rows["mooe.xlsx"].append([code, f"Example School {number}", pupils, level, pupils * 500])
    (folder / "schools.csv").write_text("\n".join(listed) + "\n", encoding="utf-8")
    for name, (sheet_name, _) in books.items():
        with xlsxwriter.Workbook(str(folder / name), {"constant_memory": True}) as book:
            sheet = book.add_worksheet(sheet_name)
            for index, cells in enumerate(rows[name]):
                sheet.write_row(index, 0, cells)
    return folder


def reading(files: list[Path]) -> float:
    """Seconds that python-calamine and Polars need to read the files."""
    done = subprocess.run([sys.executable, "-c", READ, *map(str, files)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def importing(folder: Path) -> float:
    """Seconds of the whole command, from its start on an empty machine to its end."""
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "JIAOHENG_DATA": data, "DATABASE_URL": "", "PYTHONPATH": str(REPOSITORY / "src")}
        began = time.perf_counter()
        command = [sys.executable, "-m", "jiaoheng", "import", "--format", "json", "--map", str(MAPPING), str(folder)]
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False, cwd=data)
        if done.returncode not in (0, 1):
            raise SystemExit(f"The import ended with status {done.returncode}.")
        return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--made", action="store_true", help="use invented files even where the published ones are here")
    given = parser.parse_args()
    published = REPOSITORY.parent / "shared" / "data" / "ph-schools"
    with tempfile.TemporaryDirectory() as temporary:
        folder = published if published.is_dir() and not given.made else made(Path(temporary))
        files = sorted(folder.iterdir())
        pairs = [(reading(files), importing(folder)) for _ in range(given.turns)]
    # The turn in the middle by its ratio: the best reading and the best import seldom fall into the same quiet moment.
    read, imported = sorted(pairs, key=lambda pair: pair[1] / pair[0])[len(pairs) // 2]
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"reading alone {read:6.2f} s   whole import {imported:6.2f} s   ratio {imported / read:5.1f} (at most {MOST_TIMES:.0f})")
    print(f"peak memory   {megabytes:6.0f} MB (at most {MOST_MB:.0f})")
    return int(imported / read > MOST_TIMES or megabytes > MOST_MB)


if __name__ == "__main__":
    raise SystemExit(main())
