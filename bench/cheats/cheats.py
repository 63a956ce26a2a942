"""What cheats of students come to under graders for Python, for the table in SANDBOX.md.

usage: PYTHON cheats.py nbgrader|otter    with the Python of an environment that has the grader and ipykernel

Each cheat is a cell of a submission that is graded by the real program. It leaves evidence in a folder beside the course when it
has done what it should not be able to; nothing else writes there.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]

# {out} is the folder of evidence, {secret} a file of the grader's, {port} a server of the machine's.
CHEATS = {
    "reads a file of the grader's": "open('{out}/done', 'w').write(open('{secret}').read())",
    "writes to the grader's files": "open('{secret}', 'a').write('forged'); open('{out}/done', 'w')",
    "reads the environment of who started it": "import os; open(f'/proc/{{os.getppid()}}/environ').read(1); open('{out}/done', 'w')",
    "connects to a server on the machine": "import socket; socket.create_connection(('127.0.0.1', {port}), 5); open('{out}/done', 'w')",
    "takes 2 GiB of memory": "b = bytearray(2 << 30); open('{out}/done', 'w')",
    "writes a file of 300 MB": "open('{out}/big', 'wb').write(bytes(300 << 20)); open('{out}/done', 'w')",
    "starts 600 processes": "import subprocess\nps = [subprocess.Popen(['sleep', '3']) for i in range(600)]\nopen('{out}/done', 'w')",
    "prints 30 MB": "print('x' * (30 << 20)); open('{out}/done', 'w')",
    "leaves a process behind": "import subprocess; open('{out}/daemon', 'w').write(str(subprocess.Popen(['sleep', '60'], start_new_session=True).pid))",
    "kills who started it": "import os, signal; open('{out}/killer', 'w'); os.kill(os.getppid(), signal.SIGKILL)",
}


def notebook(cheat, meta):
    """A submission: the cheat, then the check of an answer that is wrong, worth one point."""
    cell = new_code_cell(cheat, metadata=meta("answer", solution=True))
    check = new_code_cell("assert answer == 42", metadata=meta("check", grade=True, points=1))
    return new_notebook(cells=[new_code_cell("answer = 0"), cell, check], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})


def nbgrader_meta(name, solution=False, grade=False, points=None):
    m = {"grade_id": name, "solution": solution, "grade": grade, "locked": grade, "task": False, "schema_version": 3}
    return {"nbgrader": m | ({"points": points} if grade else {})}


def grade_nbgrader(course, cheat):
    for folder in ("source/hw", "submitted/student/hw"):
        os.makedirs(course / folder)
    nbformat.write(notebook("pass", nbgrader_meta), course / "source/hw/hw.ipynb")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\n")
    run(course, "-m", "nbgrader", "generate_assignment", "hw", "--create")
    nbformat.write(notebook(cheat, nbgrader_meta), course / "submitted/student/hw/hw.ipynb")
    return run(course, "-m", "nbgrader", "autograde", "hw", "--create")


def grade_otter(course, cheat):
    os.makedirs(course / "tests")
    (course / "tests/q1.py").write_text(
        "OK_FORMAT = True\ntest = {'name': 'q1', 'points': 1, 'suites': [{'cases': [{'code': '>>> answer == 42\\nTrue', 'hidden': False, 'locked': False}], "
        "'scored': True, 'setup': '', 'teardown': '', 'type': 'doctest'}]}\n")
    run(course, "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment")
    nbformat.write(notebook(cheat, lambda *a, **k: {}), course / "hw.ipynb")
    return run(course, "-m", "otter", "run", "hw.ipynb", "-a", "autograder.zip")


def run(course, *command):
    done = subprocess.run([sys.executable, *command], cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def outcome(out, code):
    daemon = out / "daemon"
    if daemon.exists():
        pid = int(daemon.read_text())
        left = alive(pid)
        if left:
            os.kill(pid, signal.SIGKILL)
        return "done" if left else "stopped"
    if (out / "killer").exists():
        return f"the run ends with {code}" if code else "a failure of this submission"
    return "done" if (out / "done").exists() else "stopped"


def main(grader):
    grade = {"nbgrader": grade_nbgrader, "otter": grade_otter}[grader]
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: [server.accept()[0].close() for _ in iter(int, 1)], daemon=True).start()
    for name, cheat in CHEATS.items():
        with tempfile.TemporaryDirectory() as root:
            root = Path(root)
            out, course, secret = root / "out", root / "course", root / "solution.txt"
            out.mkdir()
            course.mkdir()
            secret.write_text("the solution")
            started = time.monotonic()
            code, said = grade(course, cheat.format(out=out, secret=secret, port=server.getsockname()[1]))
            print(f"{name}: {outcome(out, code)} ({time.monotonic() - started:.1f} s)", flush=True)
            if os.environ.get("VERBOSE"):
                print(said)


if __name__ == "__main__":
    main(sys.argv[1])
