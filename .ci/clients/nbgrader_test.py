"""A course in Go with nbgrader: examples/course is released, handed in by five students, and graded by the real program."""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3
from nbgrader.utils import compute_checksum

# nbgrader calls another program of its environment by name.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]

COURSE = Path(__file__).parents[2] / "examples" / "course"

RIGHT = {
    "mean": "func mean(xs []float64) float64 {\n\tsum := 0.0\n\tfor _, x := range xs {\n\t\tsum += x\n\t}\n\treturn sum / float64(max(1, len(xs)))\n}",
    "best": "best := slices.Max(marks)",
}
# What each student hands in, and the points for the three checks: 2 for the mean, 1 for none, 3 for the best.
STUDENTS = {
    "right": (RIGHT, [2, 1, 3]),
    "wrong": ({"mean": "func mean(xs []float64) float64 { return xs[0] }", "best": "best := 3.0"}, [0, 0, 0]),
    "partly": ({**RIGHT, "mean": RIGHT["mean"].replace("max(1, len(xs))", "len(xs)")}, [2, 0, 3]),
    "uncompiled": ({**RIGHT, "mean": "func mean(xs []float64) float64 { return sum }"}, [0, 0, 3]),
    "untouched": ({}, [0, 0, 0]),
}


class Course(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.course = Path(folder.name) / "course"
        shutil.copytree(COURSE, self.course)

    def nbgrader(self, *command):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=self.course, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)

    def hand_in(self, student, answers):
        """Takes what was released, writes answers into the cells of that grade id, and hands it in."""
        nb = nbformat.read(self.course / "release" / "mean" / "mean.ipynb", 4)
        for cell in nb.cells:
            cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        folder = self.course / "submitted" / student / "mean"
        os.makedirs(folder)
        nbformat.write(nb, folder / "mean.ipynb")

    def test_grades(self):
        self.nbgrader("generate_assignment", "mean", "--create")
        released = (self.course / "release" / "mean" / "mean.ipynb").read_text()
        self.assertNotIn("SOLUTION", released)
        self.assertNotIn("slices.Max", released)
        self.assertNotIn("HIDDEN", released)
        self.assertIn('panic(\\"not implemented\\")', released)
        for student, (answers, _) in STUDENTS.items():
            self.hand_in(student, answers)
        self.nbgrader("autograde", "mean", "--create")
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            for student, (_, points) in STUDENTS.items():
                with self.subTest(student=student):
                    grades = book.find_submission_notebook("mean", "mean", student).grades
                    got = {g.name: g.score for g in grades}
                    self.assertEqual([got[n] for n in ("mean-check", "mean-none", "best-check")], points)
        self.nbgrader("generate_feedback", "mean", "--student", "wrong")
        page = (self.course / "feedback" / "wrong" / "mean" / "mean.html").read_text()
        self.assertIn("mean(marks) is 2, expected 2.625", page)


LESSON = """# Doubling

```go name="double" role="starter"
func double(x int) int {
	// BEGIN SOLUTION
	return 2 * x
	// END SOLUTION
}
```

```go name="test-double" points=2 role="test"
if got := double(2); got != 4 {
	panic("double(2) is not 4")
}
// BEGIN HIDDEN TESTS
if got := double(-1); got != -2 {
	panic("double(-1) is not -2")
}
// END HIDDEN TESTS
```

<!-- #region kind="manual" name="why" points=1.5 -->
Why?
<!-- #endregion -->

<!-- #region kind="task" name="draw" points=3 -->
Draw it.
<!-- #endregion -->

```go name="setup" role="setup"
const two = 2
```
"""

CONFIG = Path(__file__).parents[2] / "examples" / "lessons" / "nbgrader_config.py"


class Lesson(unittest.TestCase):
    """The notebook of a lesson is an nbgrader assignment as it is."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.course = Path(folder.name)
        shutil.copy(CONFIG, self.course)
        (self.course / "lesson.md").write_text(LESSON)
        self.source = self.course / "source" / "double" / "double.ipynb"
        self.source.parent.mkdir(parents=True)
        spec = Path(os.environ["JUPYTER_PATH"]) / "kernels" / "resident" / "kernel.json"
        self.resident = json.loads(spec.read_text())["argv"][0]
        self.run_in_course(self.resident, "convert", "lesson.md", str(self.source))

    def run_in_course(self, *command):
        done = subprocess.run(command, cwd=self.course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def nbgrader(self, *command):
        return self.run_in_course(sys.executable, "-m", "nbgrader", *command)

    def test_metadata_is_valid(self):
        nb = nbformat.read(self.source, 4)
        validator = MetadataValidatorV3()
        validator.validate_nb(nb)
        kinds = {c.id: [k for k in ("grade", "solution", "locked", "task") if c.metadata.nbgrader[k]] for c in nb.cells if "nbgrader" in c.metadata}
        self.assertEqual(kinds, {"double": ["solution"], "test-double": ["grade", "locked"], "why": ["grade", "solution"],
                                 "draw": ["locked", "task"], "setup": ["locked"]})
        for cell in nb.cells:
            self.assertLessEqual(set(cell.metadata.get("nbgrader", {})), set(validator.schema["properties"]))

    def test_grades(self):
        self.nbgrader("generate_assignment", "double", "--create")
        release = self.course / "release" / "double" / "double.ipynb"
        self.assertNotIn("return 2", release.read_text())
        self.assertNotIn("double(-1)", release.read_text())
        for student, body in {"right": "return x + x", "half": "return 4", "untouched": None}.items():
            nb = nbformat.read(release, 4)
            for cell in nb.cells:
                if cell.metadata.get("nbgrader", {}).get("grade_id") == "double" and body:
                    cell.source = "func double(x int) int { %s }" % body
            folder = self.course / "submitted" / student / "double"
            folder.mkdir(parents=True)
            nbformat.write(nb, folder / "double.ipynb")
        self.nbgrader("autograde", "double", "--create")
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            for student, points in {"right": 2, "half": 0, "untouched": 0}.items():
                with self.subTest(student=student):
                    grades = book.find_submission_notebook("double", "double", student).grades
                    self.assertEqual({g.name: g.score for g in grades}["test-double"], points)
        # What was handed in to nbgrader, graded by resident.
        self.run_in_course(self.resident, "grade", "lesson.md", "submitted", "-o", "graded", "--sandbox", "none")
        with open(self.course / "graded" / "results.csv", newline="") as table:
            ours = {row["student"]: float(row["points"]) for row in csv.DictReader(table) if row["test"] == "test-double"}
        self.assertEqual(ours, {"right": 2, "half": 0, "untouched": 0})

    def test_given_out_by_us(self):
        """What resident gives out goes through nbgrader's exchange: released, fetched, handed in, collected, graded, and told."""
        release = self.course / "release" / "double" / "double.ipynb"
        self.nbgrader("generate_assignment", "double", "--create")
        theirs = {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.checksum for c in nbformat.read(release, 4).cells if "nbgrader" in c.metadata}
        self.run_in_course(self.resident, "build", "lesson.md", "--for", "student", "-o", str(release))
        nb = nbformat.read(release, 4)
        MetadataValidatorV3().validate_nb(nb)
        ours = {}
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                ours[cell.metadata.nbgrader.grade_id] = cell.metadata.nbgrader.checksum
                self.assertEqual(cell.metadata.nbgrader.checksum, compute_checksum(cell))
        # nbgrader puts YOUR ANSWER HERE in the place of a question without a marked solution, where students get the question from us.
        self.assertEqual({k for k in ours if ours[k] != theirs[k]}, {"why"})

        self.assertNotIn("HAVE CHANGED", self.nbgrader("validate", str(release)))
        changed = self.course / "changed.ipynb"
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "test-double":
                cell.source = "// nothing to see here"
        nbformat.write(nb, changed)
        self.assertIn("HAVE CHANGED", self.nbgrader("validate", str(changed)))

        exchange = self.course / "exchange"
        exchange.mkdir()
        exchange.chmod(0o777)
        through = ("--Exchange.root=" + str(exchange), "--course", "go")
        self.nbgrader("release_assignment", "double", *through)
        self.nbgrader("fetch_assignment", "double", *through)
        fetched = self.course / "double" / "double.ipynb"
        nb = nbformat.read(fetched, 4)
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
                cell.source = "func double(x int) int { return x << 1 }"
        nbformat.write(nb, fetched)
        self.nbgrader("submit", "double", *through)
        self.nbgrader("collect", "double", *through)
        self.nbgrader("autograde", "double", "--create")
        student = next((self.course / "submitted").iterdir()).name
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            grades = {g.name: g for g in book.find_submission_notebook("double", "double", student).grades}
            self.assertEqual(grades["test-double"].score, 2)
            self.assertTrue(grades["why"].needs_manual_grade)
            self.assertTrue(grades["draw"].needs_manual_grade)
        self.nbgrader("generate_feedback", "double")
        self.assertIn("return x &lt;&lt; 1", re.sub("<[^>]*>", "", (self.course / "feedback" / student / "double" / "double.html").read_text()))
        # The exchange as it lies there, graded by resident.
        self.run_in_course(self.resident, "grade", "lesson.md", str(exchange / "go" / "inbound"), "-o", "graded", "--sandbox", "none")
        with open(self.course / "graded" / "results.csv", newline="") as table:
            self.assertEqual([(row["student"], row["points"]) for row in csv.DictReader(table) if row["test"] == "test-double"], [(student, "2")])

    def test_back(self):
        self.run_in_course(self.resident, "convert", str(self.source), "back.md")
        self.assertEqual((self.course / "back.md").read_text(), LESSON)
        self.nbgrader("generate_assignment", "double", "--create")
        self.run_in_course(self.resident, "convert", str(self.course / "release" / "double" / "double.ipynb"), "release.md")
        self.assertIn('```go name="test-double" points=2 role="test"', (self.course / "release.md").read_text())


if __name__ == "__main__":
    unittest.main()
