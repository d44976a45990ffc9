"""A table is read by Python's csv, and by LibreOffice, in which no cell is a formula."""

import csv
import subprocess
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from told import Told, same, true

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
FORMULA = f"{TABLE}formula"
# A spreadsheet's limit: what is longer is cut.
CELL = 32_767
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

told = Told()
csv.field_size_limit(CELL * 4)
with told.report.open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file, strict=True))

same("rows by status", Counter(row["status"] for row in rows), told.statuses)
same("ids", [row["finding"] for row in rows], list(told.findings))
true("every row has every column", all(None not in row and None not in row.values() for row in rows))
for row in rows:
    finding = told.findings[row["finding"]]
    for column in ("severity", "check", "duty", "account", "region"):
        assert row[column] == finding[column], (row, column)
    # Nothing is added but apostrophes.
    arn, told_arn = (text.replace("'", "") for text in (finding["resource"]["arn"], row["resource_arn"]))
    assert told_arn == arn or arn.startswith(told_arn.removesuffix("…")) and len(arn) > CELL - 1000, row
    assert all(len(cell) <= CELL for cell in row.values())
    assert not any(cell.startswith(BEGINS_FORMULA) for cell in row.values()), row
print("ok what rows say, and that no cell begins as a formula does")


def sheet(separators):
    """All cells of the table as LibreOffice takes it, cells parted by these characters."""
    with tempfile.TemporaryDirectory() as folder:
        # UTF-8, quotes, from the first line; "evaluate formulas" on: the worst that a user can set.
        options = f"csv:Text - txt - csv (StarCalc):{separators},34,76,1,,1033,false,true,false,false,false,-1,true"
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        command += [f"--infilter={options.removeprefix('csv:')}", "--convert-to", "ods", "--outdir", folder]
        told_by = subprocess.run([*command, str(told.report)], check=True, capture_output=True, text=True)
        files = list(Path(folder).glob("*.ods"))
        assert len(files) == 1, told_by
        with zipfile.ZipFile(files[0]) as archive:
            return ElementTree.fromstring(archive.read("content.xml"))


for separators, name in (("44", "commas"), ("59", "semicolons"), ("9", "tabs")):
    content = sheet(separators)
    cells = list(content.iter(f"{TABLE}table-cell"))
    true(f"LibreOffice sees cells parted by {name}", len(cells) >= len(rows))
    same(f"none of them is a formula, parted by {name}", [c.get(FORMULA) for c in cells if c.get(FORMULA)], [])
