"""A course in Go with nbgrader: examples/course is released, handed in by five students, and graded by the real program."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

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


if __name__ == "__main__":
    unittest.main()
