"""Measures what it costs to grade a class, with "nbgrader autograde" beside it.

usage: PYTHON grading.py RESIDENT LESSON FOLDER [--class 500] [--large 2000] [--peer 8] [--lessons 3] [--rounds 3] [--torch SITE-PACKAGES]

PYTHON has nbgrader and ipykernel. Synthetic students (see answers.py) hand in the whole notebook of the lesson, each with texts of their own. "resident grade" takes them in its
strict sandbox, two at a time; nbgrader takes the same answers in Python (see course.py), as it does, one after another. Both are measured in turns. What a submission costs is
measured from the end of the first to the end of the last, so that starts do not count, on neither side. Processor time is that of a control group with all
processes in it. Linux only. FOLDER is emptied. The result is a table in Markdown.
"""

import argparse
import glob
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

import answers
import course

MIX = {answers.RIGHT: 41, answers.ALSO: 41, answers.WRONG: 10, answers.PANICS: 3, answers.UNTOUCHED: 3, answers.BROKEN: 2}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def kinds(student):
    """What a student hands in for each exercise; always the same for the same student."""
    draw = random.Random(student)
    return {name: draw.choices(list(MIX), MIX.values())[0] for name in answers.GO}


def text(table, name, kind, student, comment):
    code = table[name][kind].replace("NAME", f"v{student}")
    return f"{comment} student {student}: {name}, {kind == answers.RIGHT and 'as in the lecture' or 'my own way'}\n{code}"


class Group:
    """A control group that counts processor time, where one can be made."""

    def __init__(self):
        for root, self.file, self.unit in (("/sys/fs/cgroup/cpuacct", "cpuacct.usage", 1e-9), ("/sys/fs/cgroup", "cpu.stat", 1e-6)):
            self.dir = Path(root) / f"resident-bench-{os.getpid()}"
            try:
                self.dir.mkdir()
                self.seconds()
                return
            except OSError:
                self.dir = None

    def enter(self):
        if self.dir:
            (self.dir / "cgroup.procs").write_text(str(os.getpid()))

    def seconds(self):
        return float((self.dir / self.file).read_text().replace("usage_usec", "").split()[0]) * self.unit if self.dir else 0.0

    def close(self):
        if self.dir:
            self.dir.rmdir()


class Memory(threading.Thread):
    """Watches a process and all below it: the peak of the process, and of what all of them have to themselves."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.own, self.all, self.over = pid, 0, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.2):
            parents, sizes = {}, {}
            for status in glob.glob("/proc/[0-9]*/status"):
                try:
                    fields = dict(line.split(":", 1) for line in Path(status).read_text().splitlines())
                except OSError:
                    continue  # it has just ended
                pid = int(fields["Pid"])
                parents[pid] = int(fields["PPid"])
                sizes[pid] = sum(int(fields.get(f, "0").split()[0]) for f in ("RssAnon", "RssShmem"))
                if pid == self.pid:
                    self.own = max(self.own, int(fields.get("VmHWM", "0").split()[0]))
            self.all = max(self.all, sum(size for pid, size in sizes.items() if self.below(pid, parents)))

    def below(self, pid, parents):
        while pid > 1 and pid != self.pid:
            pid = parents.get(pid, 0)
        return pid == self.pid


class Run:
    """A program whose lines on stderr say when a submission is through."""

    def __init__(self, command, cwd, mark, env=None):
        group, begin = Group(), time.monotonic()
        self.marks = []  # (seconds since the first mark, processor seconds since the first mark)
        p = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env, preexec_fn=group.enter)
        memory, said = Memory(p.pid), []
        first = None
        for line in p.stderr:
            said.append(line)
            if mark(line):
                first = first or (time.monotonic(), group.seconds())
                self.marks.append((time.monotonic() - first[0], group.seconds() - first[1]))
        self.code = p.wait()
        self.start, self.said = (first[0] - begin if first else 0), "".join(said)
        memory.over.set()
        self.own, self.all = memory.own // 1024, memory.all // 1024
        group.close()

    def each(self, since=0, until=None):
        """Seconds and processor seconds of one submission, between two of them."""
        (t1, c1), (t2, c2) = self.marks[since], self.marks[(until or len(self.marks)) - 1]
        n = (until or len(self.marks)) - 1 - since
        return (t2 - t1) / n, (c2 - c1) / n


class Ours:
    """The lesson under "resident grade"."""

    def __init__(self, program, lesson, folder):
        self.program, self.lesson, self.folder = os.path.abspath(program), os.path.abspath(lesson), folder / "ours"
        self.folder.mkdir()
        student = self.folder / "student.ipynb"
        subprocess.run([self.program, "build", self.lesson, "--for", "student", "-o", student], check=True)
        self.notebook = json.loads(student.read_text())

    def grade(self, students):
        name = Path(self.lesson).stem
        submitted, out = self.folder / "submitted", self.folder / "out"
        shutil.rmtree(submitted, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        for s in range(students):
            given = kinds(s)
            for cell in self.notebook["cells"]:
                kind = given.get(cell["id"])
                if kind and kind != answers.UNTOUCHED:
                    cell["source"] = text(answers.GO, cell["id"], kind, s, "//")
                elif kind:
                    cell["source"] = f"// student {s}: later\n" + self.stub(cell["id"])
            folder = submitted / f"s{s}"
            folder.mkdir(parents=True)
            (folder / f"{name}.ipynb").write_text(json.dumps(self.notebook))
        r = Run([self.program, "grade", self.lesson, submitted, "-o", out, "-j", "2"], self.folder, lambda line: " of 10" in line)
        if r.code != 0 or len(r.marks) != students:
            sys.exit(f"resident graded {len(r.marks)} of {students}:\n{r.said[-2000:]}")
        book = json.loads((out / "gradebook.json").read_text())
        r.passed = {(e["student"], t["id"].removeprefix("test-")): t["points"] == t["max"] for e in book["entries"] for t in e["results"]}
        return r

    def stub(self, name):
        for cell in json.loads((self.folder / "student.ipynb").read_text())["cells"]:
            if cell["id"] == name:
                return "".join(cell["source"])


class Nbgrader:
    """A course of nbgrader's, with the model or without."""

    def __init__(self, folder, with_model, torch):
        self.folder, self.with_model = folder / ("lesson" if with_model else "exercises"), with_model
        root = subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()
        self.env = os.environ | {
            "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"], "GRADING_TORCH": torch or "",
            "GRADING_TEXT": root + "/src/testdata/Isaac.Newton-Opticks.txt",
        }

    def notebook(self, answer):
        cells = []
        for name, kind, source in course.cells(self.with_model):
            if kind == "given":
                cells.append(new_code_cell(source))
                continue
            meta = {"grade_id": name, "solution": kind == "answer", "grade": kind == "test", "locked": kind == "test", "task": False, "schema_version": 3}
            if kind == "test":
                meta["points"] = 2
            cells.append(new_code_cell(answer(name) if kind == "answer" else source, metadata={"nbgrader": meta}))
        return new_notebook(cells=cells, metadata=KERNEL)

    def nbgrader(self, *args):
        return [sys.executable, "-m", "nbgrader", *args]

    def grade(self, students):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "source/hw").mkdir(parents=True)
        (self.folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\nc.Execute.timeout = 600\nc.ExecutePreprocessor.timeout = 600\n")
        source = self.notebook(lambda name: "### BEGIN SOLUTION\n" + answers.PYTHON[name][answers.RIGHT] + "\n### END SOLUTION")
        nbformat.write(source, self.folder / "source/hw/hw.ipynb")
        subprocess.run(self.nbgrader("generate_assignment", "hw", "--create"), cwd=self.folder, check=True, capture_output=True, env=self.env)
        release = nbformat.read(self.folder / "release/hw/hw.ipynb", 4)
        stubs = {c.metadata.nbgrader.grade_id: c for c in release.cells if "nbgrader" in c.metadata and c.metadata.nbgrader.solution}
        for s in range(students):
            for name, kind in kinds(s).items():
                stubs[name].source = f"# student {s}: later\nraise NotImplementedError()" if kind == answers.UNTOUCHED else text(answers.PYTHON, name, kind, s, "#")
            folder = self.folder / f"submitted/s{s}/hw"
            folder.mkdir(parents=True)
            nbformat.write(release, folder / "hw.ipynb")
        r = Run(self.nbgrader("autograde", "hw", "--create"), self.folder, lambda line: "Setting destination file permissions" in line, self.env)
        if r.code != 0 or len(r.marks) != students:
            sys.exit(f"nbgrader graded {len(r.marks)} of {students}:\n{r.said[-2000:]}")
        r.passed = self.scores()
        return r

    def scores(self):
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as book:
            return {
                (s.student.id, g.name.removeprefix("test-")): g.score == g.max_score
                for s in book.assignment_submissions("hw") for n in s.notebooks for g in n.grades
            }


def differ(ours, theirs):
    """Verdicts that are not the same, of those that both have."""
    return [f"{student}, {name}: ours {ours.passed[student, name]}" for (student, name), ok in theirs.passed.items() if ours.passed[student, name] != ok]


def span(values, unit=1):
    return f"{statistics.median(values) * unit:.3g} ({min(values) * unit:.3g} to {max(values) * unit:.3g})"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("lesson")
    p.add_argument("folder")
    p.add_argument("--class", dest="students", type=int, default=500)
    p.add_argument("--large", type=int, default=2000)
    p.add_argument("--peer", type=int, default=8)
    p.add_argument("--lessons", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--torch")
    o = p.parse_args()
    folder = Path(o.folder).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ours, peers = Ours(o.program, o.lesson, folder), [("exercises alone", Nbgrader(folder, False, None), o.peer)]
    if o.torch:
        peers.append(("the lesson as it is", Nbgrader(folder, True, o.torch), o.lessons))
    rounds, theirs, wrong = [], {name: [] for name, _, _ in peers}, []
    try:
        for n in range(o.rounds):
            for name, peer, students in peers:
                theirs[name].append(peer.grade(students))
                print(f"round {n + 1}: nbgrader, {name}: {theirs[name][-1].each()}", file=sys.stderr)
            rounds.append(ours.grade(o.students))
            print(f"round {n + 1}: resident: {rounds[-1].each()}", file=sys.stderr)
            for name, _, _ in peers:
                wrong += differ(rounds[-1], theirs[name][-1])
    except KeyboardInterrupt:
        print("ended early", file=sys.stderr)
    if rounds:
        compare(rounds, theirs, wrong)
        growth(ours.grade(o.large) if o.large else rounds[-1])


def compare(rounds, theirs, wrong):
    print(f"Medians of {len(rounds)} rounds; {len(rounds[0].marks)} submissions in each on our side.\n")
    print(f"| what is graded | nbgrader, s a submission | processor s | resident, s a submission | processor s | ratio | ratio of processor s |\n|{' --- |' * 7}")
    for name, runs in theirs.items():
        a, b = [r.each() for r in runs[: len(rounds)]], [r.each() for r in rounds]
        ratios = [[x[i] / y[i] for x, y in zip(a, b)] for i in (0, 1)]
        print("|", name, "|", " | ".join(span([x[i] for x in side]) for side in (a, b) for i in (0, 1)), "|", " | ".join(span(r) for r in ratios), "|")
    print(f"\nVerdicts on exercises that differ between the two: {len(wrong)}. {'; '.join(sorted(set(wrong)))}")


def growth(run):
    """What a submission costs, from the first to the last of a large class."""
    total = len(run.marks)
    print("\n| submissions | s each | processor s each |\n| --- | --- | --- |")
    steps = [n for n in (1, 10, 50, 100, 500, 1000, 2000, 5000) if n < total] + [total]
    for a, b in zip(steps, steps[1:]):
        print(f"| {a} to {b} | {run.each(a - 1, b)[0]:.3f} | {run.each(a - 1, b)[1]:.3f} |")
    print(f"\nBefore the first submission is through: {run.start:.1f} s. Peak memory at {total} submissions: {run.own} MB of the grader, {run.all} MB of all")
    print("processes that it had started, files of sandboxes included.")


if __name__ == "__main__":
    main()
