"""Jupyter's programs with the installed kernel: nbconvert's formats, jupytext's, and jupyter console on a terminal."""
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import jupytext
import nbformat
import pexpect
from jupyter_client.manager import start_new_kernel

PATIENCE = 120


class Convert(unittest.TestCase):
    """nbconvert runs a notebook and writes it in those formats that need no other program."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cells = [
            nbformat.v4.new_markdown_cell("# Planets"),
            nbformat.v4.new_code_cell('import "fmt"\n\nfmt.Println("from", "Go")'),
            nbformat.v4.new_code_cell('type planet struct {\n\tName string\n}\n\n[]planet{{"Mercury"}, {"Venus"}}'),
        ]
        metadata = {"kernelspec": {"name": "resident", "display_name": "Go (resident)", "language": "go"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), cls.folder / "in.ipynb")
        cls.convert("notebook", "--execute", source="in.ipynb", output="done")

    @classmethod
    def convert(cls, form, *options, source="done.ipynb", output="page"):
        command = [sys.executable, "-m", "nbconvert", "--to", form, *options, "--output", output, source]
        done = subprocess.run(command, cwd=cls.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    def test_formats(self):
        for form, file, wanted in [
            ("html", "page.html", ["from Go", "Mercury</td>", '<span class="kd">type</span>']),
            ("script", "page.go", ['import "fmt"\n\nfmt.Println("from", "Go")', "type planet struct"]),
            ("markdown", "page.md", ["# Planets", "```go\n", "    from Go", "Mercury"]),
            ("slides", "page.slides.html", ["from Go", "Mercury</td>"]),
        ]:
            with self.subTest(form=form):
                self.convert(form)
                text = (self.folder / file).read_text()
                for want in wanted:
                    self.assertIn(want, text)


class Jupytext(unittest.TestCase):
    """jupytext writes a notebook as a Go file, whose directives are comments, and as Markdown, and reads the same notebook from both."""

    def test_round_trip(self):
        sources = [
            ("markdown", "# Planets"),
            ("code", '%get github.com/google/uuid@v1.6.0\nimport "github.com/google/uuid"\n!echo hello\nuuid.NewString()'),
            ("code", "//resident:time\nx := 1\n\ny := 2"),
            ("code", "%%bash\necho $HOME"),
        ]
        metadata = {"kernelspec": {"name": "resident", "display_name": "Go (resident)", "language": "go"}}
        cells = [{"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}[kind](source) for kind, source in sources]
        book = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
        for form, wanted in [("go:percent", "// %get github.com/google/uuid@v1.6.0\nimport"), ("md", "```go\n%get github.com")]:
            with self.subTest(form=form):
                text = jupytext.writes(book, form)
                self.assertIn(wanted, text)
                again = jupytext.reads(text, form)
                self.assertEqual([(c.cell_type, c.source) for c in again.cells], sources)
                self.assertEqual(again.metadata["kernelspec"]["name"], "resident")


class Startup(unittest.TestCase):
    """The user's startup files, which graders' kernels do not run."""

    def run_cell(self, code, **env):
        with tempfile.TemporaryDirectory() as config:
            folder = Path(config, "resident", "startup")
            folder.mkdir(parents=True)
            (folder / "10-own.go").write_text("func twice(n int) int { return 2 * n }\n")
            manager, client = start_new_kernel(kernel_name="resident", startup_timeout=PATIENCE, env={**os.environ, "XDG_CONFIG_HOME": config, **env})
            try:
                return client.execute_interactive(code, timeout=PATIENCE, output_hook=lambda m: None)["content"]["status"]
            finally:
                client.stop_channels()
                manager.shutdown_kernel()

    def test_files(self):
        self.assertEqual(self.run_cell("twice(21)"), "ok")
        self.assertEqual(self.run_cell("twice(21)", NBGRADER_EXECUTION="autograde"), "error")
        self.assertEqual(self.run_cell("twice(21)", RESIDENT_STARTUP=""), "error")


# What a terminal takes as orders: colours, the cursor's place, its modes.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """jupyter console on a terminal of its own; what it shows is looked at without colours."""

    def __init__(self, folder):
        env = {**os.environ, "XDG_DATA_HOME": folder, "JUPYTER_CONFIG_DIR": folder, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"}
        self.program = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel", "resident"], env=env,
                                     encoding="utf-8", timeout=PATIENCE, dimensions=(40, 120))
        self.shown = ""
        self.expect(r"In \[1\]:")

    def expect(self, pattern):
        """Waits until what has been shown since the last call matches."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, CONTROL.sub("", self.shown))):
            if time.monotonic() > end:
                raise AssertionError(f"{pattern} is not shown, but {CONTROL.sub('', self.shown)!r}")
            try:
                self.shown += self.program.read_nonblocking(4096, timeout=1)
            except pexpect.TIMEOUT:
                pass
        self.shown = CONTROL.sub("", self.shown)[found.end():]

    def type(self, keys):
        self.program.send(keys)


class Console(unittest.TestCase):
    """jupyter console as a person uses it: with Tab and the arrow keys."""

    def start(self, folder):
        terminal = Terminal(folder)
        self.addCleanup(terminal.program.close, force=True)
        return terminal

    def test_completion_and_history(self):
        with tempfile.TemporaryDirectory() as folder:
            console = self.start(folder)
            # Names are offered when the kernel can run cells, which may take it a while.
            console.type("6 * 7\r")
            console.expect(r"Out\[1\]: *42")
            console.type("strings.HasPre\t")
            console.expect("HasPrefix|fix")
            console.type('("abc", "ab")\r')
            console.expect(r"Out\[2\]: *true")
            # An open brace asks for another line.
            console.type("for i := range 3 {\rfmt.Println(i * 111)\r}\r\r")
            console.expect("222")
            console.expect(r"In \[4\]:")
            console.type("\x04")
            console.expect("Do you really want to exit")
            console.type("y\r")
            console.program.expect(pexpect.EOF)
            again = self.start(folder)
            again.type("\x1b[A")
            again.expect("fmt.Println")
            again.type(8 * "\x1b[A" + "\r")  # more often than there are lines: the first cell
            again.expect(r"Out\[1\]: *42")


if __name__ == "__main__":
    unittest.main()
