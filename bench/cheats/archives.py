"""What archives and links that students hand in come to under three graders, for the table in SANDBOX.md.

usage: PYTHON archives.py nbgrader|otter           with the Python of an environment that has the grader and ipykernel
       PYTHON archives.py resident PROGRAM         with one that has nbformat
ONLY=REGEXP hands in only some, VERBOSE=1 prints what the grader says.

nbgrader takes archives in with "zip_collect" (zip and tar.gz: it is enough if one of them has its way), Otter and resident as they are. The same exercise as in points.py. A notebook with the solution, and a mark
in it, lies beside the course: whoever gets at it has the point, or has the mark somewhere among the files of the course.
"""
import csv
import io
import json
import os
import re
import shutil
import stat
import sys
import tarfile
import tempfile
import zipfile
from copy import deepcopy
from pathlib import Path

import nbformat

from points import LESSON, RIGHT, WRONG, cell_of, python_notebook, run

MARK = "mark-of-the-solution"
HUGE = 300 << 20

# What an archive holds: a name, and what is there: bytes, or a Path that it is a link to. {out} is a folder beside the course, to which nothing else writes, without its first slash.
ARCHIVES = {
    "a zip with ../ in a name": lambda out, solution: {"../" * 30 + f"{out}/done": b"x"},
    "a zip with a name from /": lambda out, solution: {f"/{out}/done": b"x"},
    "a zip with a link, and a file behind it": lambda out, solution: {"d": Path(f"/{out}"), "d/done": b"x"},
    "a zip with a link for a notebook": lambda out, solution: {"hw.ipynb": solution},
    "a zip that unpacks to 300 MB": lambda out, solution: {"hw.txt": bytes(HUGE)},
}
LINK = "a link for a notebook, in a folder"


def pack_zip(file, entries):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            link = isinstance(content, Path)
            info.external_attr = ((stat.S_IFLNK | 0o777) if link else (stat.S_IFREG | 0o644)) << 16
            z.writestr(info, str(content) if link else content)


def pack_tar(file, entries):
    with tarfile.open(file, "w:gz") as t:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, Path):
                info.type, info.linkname = tarfile.SYMTYPE, str(content)
                t.addfile(info)
            else:
                info.size = len(content)
                t.addfile(info, io.BytesIO(content))


class Nbgrader:
    def __init__(self, root):
        self.course = root
        (root / "source/hw").mkdir(parents=True)
        nbformat.write(python_notebook(), root / "source/hw/hw.ipynb")
        (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\nc.FileNameCollectorPlugin.named_regexp = r'.*/(?P<student_id>\\w+)_(?P<file_id>hw)\\b'\n")
        run(root, sys.executable, "-m", "nbgrader", "generate_assignment", "hw", "--create")
        self.given = nbformat.read(root / "release/hw/hw.ipynb", 4)

    def archives(self, entries, student):
        folder = self.course / "downloaded/hw/archive"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for who, ending, pack in (student, "zip", pack_zip), ("t" + student, "tar.gz", pack_tar):
            pack(folder / f"{who}_hw.{ending}", {name.replace("hw.ipynb", f"{who}_hw.ipynb"): content for name, content in entries.items()})
        said = run(self.course, sys.executable, "-m", "nbgrader", "zip_collect", "hw", "--force")[1]
        return said + self.grade(student) + self.grade("t" + student)

    def folder(self, solution, student):
        place = self.course / f"submitted/{student}/hw"
        place.mkdir(parents=True)
        (place / "hw.ipynb").symlink_to(solution)
        return self.grade(student)

    def grade(self, student):
        if not (self.course / f"submitted/{student}/hw").exists():
            return "nothing was collected"
        return run(self.course, sys.executable, "-m", "nbgrader", "autograde", "hw", "--create", "--student", student)[1]

    def score(self, student):
        from nbgrader.api import Gradebook, MissingEntry
        best = 0
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            for who in student, "t" + student:
                try:
                    best = max(best, book.find_submission("hw", who).score)
                except MissingEntry:
                    pass
        return best


class Otter:
    def __init__(self, root):
        self.course, self.scores = root, {}
        (root / "tests").mkdir()
        (root / "tests/q1.py").write_text(
            "OK_FORMAT = True\ntest = {'name': 'q1', 'points': 1, 'suites': [{'cases': [{'code': '>>> answer() == 42\\nTrue', 'hidden': False, 'locked': False}], 'scored': True, 'setup': '', 'teardown': '', 'type': 'doctest'}]}\n")
        run(root, sys.executable, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment")
        self.given = python_notebook()

    def archives(self, entries, student):
        pack_zip(self.course / f"{student}.zip", entries)
        return self.grade(f"{student}.zip", student)

    def folder(self, solution, student):
        (self.course / f"{student}.ipynb").symlink_to(solution)
        return self.grade(f"{student}.ipynb", student)

    def grade(self, file, student):
        (self.course / student).mkdir()
        # What it unpacks is removed at its end: it is kept here, so that one sees what was there.
        keep = "import shutil, sys; shutil.rmtree = lambda *a, **k: None; from otter.cli import cli; cli(sys.argv[1:])"
        os.environ["TMPDIR"] = str(self.course / student)
        said = run(self.course, sys.executable, "-c", keep, "run", file, "-a", "autograder.zip", "-o", student)[1]
        del os.environ["TMPDIR"]
        results = self.course / student / "results.json"
        self.scores[student] = sum(t.get("score", 0) for t in json.loads(results.read_text())["tests"]) if results.exists() else 0
        return said

    def score(self, student):
        return self.scores[student]


class Resident:
    def __init__(self, root):
        self.course, self.program = root, sys.argv[2]
        (root / "hw.md").write_text(LESSON)
        run(root, self.program, "build", "hw.md", "-o", "given.ipynb")
        self.given = nbformat.read(root / "given.ipynb", 4)

    def archives(self, entries, student):
        place = self.course / f"{student}/{student}"
        place.mkdir(parents=True)
        pack_zip(place / "hw.zip", entries)
        return self.grade(student)

    def folder(self, solution, student):
        place = self.course / f"{student}/{student}"
        place.mkdir(parents=True)
        (place / "hw.ipynb").symlink_to(solution)
        return self.grade(student)

    def grade(self, student):
        return run(self.course, self.program, "grade", "hw.md", student, "-o", f"out-{student}", "-j", "1")[1]

    def score(self, student):
        book = self.course / f"out-{student}/gradebook.csv"
        if not book.exists():
            return 0
        with open(book, newline="") as table:
            return sum(float(row["hw (1)"] or 0) for row in csv.DictReader(table))


def outcome(grader, out, student):
    """What a student's archive came to, by what is there afterwards in files that are named for them."""
    files = [f for f in grader.course.rglob("*") if student in str(f) and f.is_file() and not f.is_symlink() and f.suffix not in (".zip", ".gz")]
    if grader.score(student) == 1:
        return "gets the point"
    if (out / "done").exists() or any(f.stat().st_size >= HUGE for f in files):
        return "done"
    return "done" if any(MARK in f.read_text(errors="replace") for f in files if f.stat().st_size < 1 << 20) else "stopped"


def answered(given, source):
    nb = deepcopy(given)
    cell_of(nb, "answer").source = source
    return nbformat.writes(nb)


def main(name):
    lang, comment = ("go", "// ") if name == "resident" else ("py", "# ")
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        course, solution = root / "course", root / "solution.ipynb"
        course.mkdir()
        grader = {"nbgrader": Nbgrader, "otter": Otter, "resident": Resident}[name](course)
        solution.write_text(answered(grader.given, comment + MARK + "\n" + RIGHT[lang]))
        said = grader.archives({"hw.ipynb": answered(grader.given, RIGHT[lang]).encode()}, "honest")
        if grader.score("honest") != 1:
            sys.exit(f"an honest archive has no point, so that the others say nothing:\n{said}")
        for n, cheat in enumerate([*ARCHIVES, LINK]):
            if not re.search(os.environ.get("ONLY", ""), cheat):
                continue
            out, student = root / f"out{n}", f"cheat{n}"
            out.mkdir()
            if cheat == LINK:
                said = grader.folder(solution, student)
            else:
                entries = {"hw.ipynb": answered(grader.given, WRONG[lang]).encode()} | ARCHIVES[cheat](str(out).lstrip("/"), solution)
                said = grader.archives(entries, student)
            print(f"{cheat}: {outcome(grader, out, student)}", flush=True)
            if os.environ.get("VERBOSE"):
                print(said, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
