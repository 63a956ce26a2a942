"""What submissions that cheat, and submissions that were damaged on the way, are given by three graders, for the tables in SANDBOX.md.

usage: PYTHON points.py nbgrader|otter                 with the Python of an environment that has the grader and ipykernel
       PYTHON points.py resident PROGRAM               with one that has nbformat
ONLY=REGEXP grades only some submissions, VERBOSE=1 prints what the grader says.

The same exercise, worth a point, for each: a function that returns 42. Who cheats does not write it; who had an accident did. Prints a line for each submission: what it was given, and whether the
grader's run went through.
"""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]

LESSON = """# The answer

```go name="answer" role="starter"
func answer() int {
	// BEGIN SOLUTION
	return 42
	// END SOLUTION
}
```

```go name="check" points=1 role="test"
check.Case("it is 42", 1).Call(answer).Want(42)
```
"""

WRONG = {"py": "def answer():\n    return 0", "go": "func answer() int { return 0 }"}
RIGHT = {"py": "def answer():\n    return 42", "go": "func answer() int { return 42 }"}

# What a student writes who cheats. Where graders have to be got at in ways of their own, there is one for each.
CHEATS = {
    "ends the program, with success": {"py": "import os\ndef answer():\n    os._exit(0)", "go": "func answer() int { os.Exit(0); return 0 }"},
    "prints what a passed test prints": {"py": WRONG["py"] + "\nprint('q1 results: All test cases passed!')", "go": "func answer() int { fmt.Println(\"--- PASS: check\\nok\"); return 0 }"},
    "returns what equals everything": {"py": "class All:\n    def __eq__(self, other): return True\n    def __repr__(self): return 'True'\ndef answer():\n    return All()",
                                       "go": "type all int\nfunc (all) Equal(any) bool { return true }\nfunc answer() all { return 0 }"},
    "changes the machinery of the tests": {
        "nbgrader": WRONG["py"] + "\nget_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
        "otter": WRONG["py"] + "\nimport doctest\ndoctest.DocTestRunner.summarize = lambda self, verbose=None: doctest.TestResults(0, 1)",
        "go": "type passing struct{}\nfunc (passing) Case(string, float64) passing { return passing{} }\nfunc (p passing) Call(any, ...any) passing { return p }\nfunc (passing) Want(...any) {}\nvar check passing\n" + WRONG["go"]},
    "runs without end": {"py": "def answer():\n    while True: pass", "go": "func answer() int { for { } }"},
}


def cell_of(nb, name):
    return next((c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name or c.get("id") == name), None)


def replaced_test(nb, right, lang):
    cell_of(nb, "check").source = "pass" if lang == "py" else "// nothing"


def points(nb, right, lang):
    if "nbgrader" in cell_of(nb, "check").metadata:
        cell_of(nb, "check").metadata.nbgrader.points = 100


def second_test(nb, right, lang):
    other = deepcopy(cell_of(nb, "check"))
    other.source = "pass" if lang == "py" else "// nothing"
    nb.cells.append(other)


def no_test(nb, right, lang):
    nb.cells.remove(cell_of(nb, "check"))


def copied(nb, right, lang):
    at = nb.cells.index(cell_of(nb, "answer"))
    nb.cells.insert(at + 1, deepcopy(nb.cells[at]))


def lost_metadata(nb, right, lang):
    for c in nb.cells:
        c.metadata = {}
        c.pop("id", None)


def noise(nb, right, lang):
    cell_of(nb, "answer").source = right if lang == "go" else right.replace("return", "import sys; print('calculating', file=sys.stderr); return")
    if lang == "go":
        cell_of(nb, "answer").source = "func answer() int { fmt.Fprintln(os.Stderr, \"calculating\"); return 42 }"


def huge(nb, right, lang):
    cell_of(nb, "answer").outputs = [nbformat.v4.new_output("stream", text="x" * (100 << 20))]


# What is done to a notebook: first by those who cheat, and then by accident.
EDITED = {"replaces the test": replaced_test, "changes the points in the notebook": points, "adds a second test under the same name": second_test, "leaves the test out": no_test}
ACCIDENTS = {"logs to standard error": noise, "a cell was copied": copied, "names and metadata were lost": lost_metadata, "an output of 100 MB": huge}

# What is done to its bytes.
BYTES = {
    "saved as an old notebook (version 3)": lambda data: nbformat.writes(nbformat.convert(nbformat.reads(data.decode(), 4), 3), 3).encode(),
    "line ends of Windows": lambda data: data.replace(b"\n", b"\r\n").replace(b"\\n", b"\\r\\n"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "torn in the middle": lambda data: data[:len(data) // 2],
}


def submissions(given, lang, grader):
    for name, honest, data in all_submissions(given, lang, grader):
        if re.search(os.environ.get("ONLY", ""), name):
            yield name, honest, data()


def all_submissions(given, lang, grader):
    """Each submission's name, whether it is honest work, and its bytes. given is what students were given."""
    def make(source, edit=None, change=lambda data: data):
        def data():
            nb = deepcopy(given)
            cell_of(nb, "answer").source = source
            if edit:
                edit(nb, RIGHT[lang], lang)
            return change(json.dumps(nb, indent=1).encode())
        return data

    yield "an honest one", True, make(RIGHT[lang])
    for name, code in CHEATS.items():
        yield name, False, make(code.get(grader) or code[lang])
    for name, edit in EDITED.items():
        yield name, False, make(WRONG[lang], edit)
    for name, edit in ACCIDENTS.items():
        yield name, True, make(RIGHT[lang], edit)
    for name, change in BYTES.items():
        yield name, True, make(RIGHT[lang], change=change)


def run(cwd, *command, limit=180):
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None, f"after {limit} s it had not ended"
    return done.returncode, done.stdout


def python_notebook():
    meta = lambda name, **k: {"nbgrader": {"grade_id": name, "solution": False, "grade": False, "locked": False, "task": False, "schema_version": 3} | k}
    cells = [new_code_cell(WRONG["py"], metadata=meta("answer", solution=True)), new_code_cell("assert answer() == 42", metadata=meta("check", grade=True, locked=True, points=1))]
    cells[0]["id"], cells[1]["id"] = "answer", "check"
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})


def grade_nbgrader(root, program):
    from nbgrader.api import Gradebook, MissingEntry
    nb = python_notebook()
    (root / "source/hw").mkdir(parents=True)
    nbformat.write(nb, root / "source/hw/hw.ipynb")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\n")
    run(root, sys.executable, "-m", "nbgrader", "generate_assignment", "hw", "--create")
    given = nbformat.read(root / "release/hw/hw.ipynb", 4)
    for n, (name, honest, data) in enumerate(submissions(given, "py", "nbgrader")):
        folder = root / f"submitted/s{n}/hw"
        folder.mkdir(parents=True)
        (folder / "hw.ipynb").write_bytes(data)
        code, said = run(root, sys.executable, "-m", "nbgrader", "autograde", "hw", "--create", "--student", f"s{n}")
        with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
            try:
                score = book.find_submission("hw", f"s{n}").score if code == 0 else None
            except MissingEntry:
                score = None
        yield name, honest, score, code, said


def grade_otter(root, program):
    (root / "tests").mkdir()
    (root / "tests/q1.py").write_text(
        "OK_FORMAT = True\ntest = {'name': 'q1', 'points': 1, 'suites': [{'cases': [{'code': '>>> answer() == 42\\nTrue', 'hidden': False, 'locked': False}], 'scored': True, 'setup': '', 'teardown': '', 'type': 'doctest'}]}\n")
    run(root, sys.executable, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment")
    given = python_notebook()
    for n, (name, honest, data) in enumerate(submissions(given, "py", "otter")):
        folder = root / f"s{n}"
        folder.mkdir()
        (folder / "hw.ipynb").write_bytes(data)
        code, said = run(folder, sys.executable, "-m", "otter", "run", "hw.ipynb", "-a", "../autograder.zip", "-o", ".")
        results = folder / "results.json"
        score = sum(t.get("score", 0) for t in json.loads(results.read_text())["tests"]) if code == 0 and results.exists() else None
        yield name, honest, score, code, said


def grade_resident(root, program):
    """All of them in one run: what one does must not be another's loss."""
    (root / "hw.md").write_text(LESSON)
    run(root, program, "build", "hw.md", "-o", "given.ipynb")
    given = nbformat.read(root / "given.ipynb", 4)
    names = []
    for n, (name, honest, data) in enumerate(submissions(given, "go", "resident")):
        folder = root / f"submitted/s{n}/hw"
        folder.mkdir(parents=True)
        (folder / "hw.ipynb").write_bytes(data)
        names.append((name, honest))
    code, said = run(root, program, "grade", "hw.md", "submitted", "-o", "out", "--cell-timeout", "10s", "-j", "1", limit=900)
    with open(root / "out/gradebook.csv", newline="") as table:
        scores = {row["student"]: float(row["hw (1)"]) for row in csv.DictReader(table)}
    for n, (name, honest) in enumerate(names):
        yield name, honest, scores.get(f"s{n}"), code, said


def outcome(honest, score, code):
    if code is None:
        return "never ends"
    if score is None:
        return f"not graded, exit code {code}"
    if score > 1:
        return f"gets {score:g} points of 1"
    if honest:
        return "graded" if score == 1 else "no point"
    return "gets the point" if score == 1 else "no point"


def main(grader, program=""):
    with tempfile.TemporaryDirectory() as root:
        started = time.monotonic()
        graders = {"nbgrader": grade_nbgrader, "otter": grade_otter, "resident": grade_resident}
        for name, honest, score, code, said in graders[grader](Path(root), program):
            print(f"{name}: {outcome(honest, score, code)} ({time.monotonic() - started:.1f} s)", flush=True)
            started = time.monotonic()
            if os.environ.get("VERBOSE"):
                print(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
