"""Jupyter's own programs with the kernel "resident", which TestJupyter has installed.

The first two classes are Jupyter's conformance suite, jupyter_kernel_test, with samples filled in; the others use the
kernel as jupyter_client and nbclient do.
"""
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import jupyter_kernel_test
import nbformat
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_kernel_test.msgspec_v5 import validate_message
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = "resident"
PATIENCE = 60


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "go"
    file_extension = ".go"
    code_hello_world = 'fmt.Println("hello, world")'
    code_stderr = 'fmt.Fprintln(os.Stderr, "oops")'
    complete_code_samples = ["x := 1", "func f() {}", "import \"fmt\"\nfmt.Println(1)", "type T struct {\n\ta int\n}"]
    complete_code_samples += ["%help", "!ls", "%%bash\nif true; then echo; fi"]
    incomplete_code_samples = ["func f() {", "x :=", "f(1,", "s := `a"]
    invalid_code_samples = ["x := )", "s := \"a", "x y z"]
    completion_samples = [
        {"text": "strings.HasPre", "matches": {"HasPrefix"}},
        {"text": "x := 1\nfmt.Println(strings.ToUpperS", "matches": {"ToUpperSpecial"}},
        {"text": "nothing_begins_like_this", "matches": set()},
        {"text": "%hel", "matches": {"help"}},
    ]
    code_inspect_sample = "strings.HasPrefix"
    code_generate_error = 'panic("no")'
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": '"a" + "b"', "result": '"ab"'},
    ]
    code_display_data = [
        {"code": 'display.Show(display.HTML("<b>x</b>"))', "mime": "text/html"},
        {"code": 'display.Show(display.Markdown("*x*"))', "mime": "text/markdown"},
    ]
    code_history_pattern = "6?7*"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = "display.Clear(false)"


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


class Encrypted(unittest.TestCase):
    """Everything between front end and kernel through CURVE."""

    def test_run(self):
        manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=PATIENCE, transport_encryption="required")
        try:
            self.assertTrue(manager.curve_publickey)
            reply = client.execute_interactive("strings.Repeat(`x`, 100_000)", timeout=PATIENCE, output_hook=lambda m: None)
            self.assertEqual(reply["content"]["status"], "ok")
            self.assertTrue(client.hb_channel.is_beating())
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=False)


class Client(unittest.TestCase):
    """One kernel for all tests of the class."""

    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=KERNEL, startup_timeout=PATIENCE)
        # On a machine that has never run a cell the first one shows what is being prepared.
        cls.kc.execute_interactive("1", timeout=PATIENCE, output_hook=lambda msg: None)

    @classmethod
    def tearDownClass(cls):
        cls.kc.stop_channels()
        cls.km.shutdown_kernel()

    def run_cell(self, code, **options):
        """Returns the reply and what was shown, both as plain data."""
        shown = []

        def show(msg):
            validate_message(msg)
            content = msg["content"]
            if msg["msg_type"] == "stream":
                shown.append((content["name"], content["text"]))
            elif msg["msg_type"] == "error":
                shown.append(("error", content["ename"]))
            elif msg["msg_type"] in ("execute_result", "display_data"):
                shown.append((msg["msg_type"].split("_")[-1].replace("data", "display"), content["data"]["text/plain"]))

        reply = self.kc.execute_interactive(code, output_hook=show, timeout=PATIENCE, **options)
        return reply["content"], shown

    def test_state_lives(self):
        self.run_cell("kept := 41")
        self.assertEqual(self.run_cell("kept + 1")[1], [("result", "42")])

    def test_order(self):
        code = 'fmt.Print("a"); display.Show(7); fmt.Print("b"); fmt.Fprint(os.Stderr, "c"); display.Show(8); fmt.Print("d"); 9'
        self.assertEqual(
            self.run_cell(code)[1],
            [("stdout", "a"), ("display", "7"), ("stdout", "b"), ("stderr", "c"), ("display", "8"), ("stdout", "d"), ("result", "9")],
        )

    def test_many_lines(self):
        _, shown = self.run_cell("for i := range 100000 { fmt.Println(i) }")
        text = "".join(text for _, text in shown)
        self.assertEqual(text, "".join(f"{i}\n" for i in range(100000)))

    def test_directives(self):
        _, shown = self.run_cell("%env DIRECTIVE=set\n!echo $DIRECTIVE\nos.Getenv(\"DIRECTIVE\")")
        self.assertEqual(shown, [("stdout", "set\n"), ("result", '"set"')])
        reply, shown = self.run_cell("%hepl")
        self.assertEqual((reply["status"], shown), ("error", [("error", "DirectiveError")]))
        self.assertIn("%help", reply["evalue"])
        _, shown = self.run_cell("answer := 42\n%vars")
        self.assertRegex(dict(shown)["display"], r"answer +int +42")

    def test_names_have_kinds(self):
        self.run_cell("kinds := 1")
        self.kc.complete("kinds", reply=True, timeout=PATIENCE)
        content = self.kc.complete("kin", reply=True, timeout=PATIENCE)["content"]
        about = content["metadata"]["_jupyter_types_experimental"]
        self.assertIn({"start": 0, "end": 3, "text": "kinds", "type": "instance", "signature": "int"}, about)

    def test_error_names_its_line(self):
        reply, shown = self.run_cell('x := []int{}\n_ = x[len(x)]', silent=False)
        self.assertEqual(reply["status"], "error")
        self.assertEqual(len(shown), 1)
        self.assertRegex("\n".join(reply["traceback"]), r"Cell In\[\d+\], line 2")

    def test_input(self):
        def answer(msg):
            self.assertEqual(msg["content"]["prompt"], "name? ")
            self.kc.input("Ada")

        code = 'who, err := display.Input("name? ")\nfmt.Println(who, err)'
        _, shown = self.run_cell(code, allow_stdin=True, stdin_hook=answer)
        self.assertEqual(shown, [("stdout", "Ada <nil>\n")])

    def test_input_not_allowed(self):
        _, shown = self.run_cell('_, err := display.Input("?"); fmt.Println(err)', allow_stdin=False)
        self.assertIn("allow_stdin is false", shown[0][1])

    def check_interrupt(self, interrupt):
        self.kc.execute('n := 0; fmt.Println("looping"); for { n++ }')
        while self.kc.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "stream":
            pass
        interrupt()
        reply = self.kc.get_shell_msg(timeout=PATIENCE)
        self.assertEqual(reply["content"]["status"], "error")
        self.assertEqual(self.run_cell("n > 0")[1], [("result", "true")])

    def test_interrupt_message(self):
        self.check_interrupt(self.km.interrupt_kernel)

    def test_interrupt_signal(self):
        """As in signal mode, and as Ctrl-C in a terminal: the whole process group gets it."""
        self.check_interrupt(lambda: self.km.signal_kernel(signal.SIGINT))


class Life(unittest.TestCase):
    def start(self, **options):
        km = KernelManager(kernel_name=KERNEL, **options)
        km.start_kernel()
        kc = km.client()
        kc.start_channels()
        self.addCleanup(kc.stop_channels)
        kc.wait_for_ready(timeout=PATIENCE)
        return km, kc

    def test_kernel_info_at_once(self):
        begin = time.monotonic()
        km, kc = self.start()
        self.addCleanup(km.shutdown_kernel)
        self.assertLess(time.monotonic() - begin, 10)

    def test_shutdown_exits_with_0(self):
        km, kc = self.start()
        process = km.provisioner.process
        kc.shutdown()
        self.assertEqual(process.wait(timeout=PATIENCE), 0)

    def test_restart_is_a_new_session(self):
        km, kc = self.start()
        self.addCleanup(km.shutdown_kernel)
        before = kc.execute("kept := 1", reply=True, timeout=PATIENCE)["header"]["session"]
        km.restart_kernel()
        kc.wait_for_ready(timeout=PATIENCE)
        reply = kc.execute("kept", reply=True, timeout=PATIENCE)
        self.assertNotEqual(reply["header"]["session"], before)
        self.assertEqual(reply["content"]["status"], "error")

    def test_ipc(self):
        km, kc = self.start(transport="ipc")
        self.addCleanup(km.shutdown_kernel)
        self.assertEqual(kc.execute("1", reply=True, timeout=PATIENCE)["content"]["status"], "ok")


class Notebook(unittest.TestCase):
    def execute(self, *cells, **options):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        NotebookClient(nb, kernel_name=KERNEL, timeout=PATIENCE, **options).execute()
        return [c.outputs for c in nb.cells]

    def test_outputs(self):
        out = self.execute("total := 0", "for i := range 10 { total += i }", "total")
        self.assertEqual(out[2][0]["data"]["text/plain"], "45")

    def test_failure_stops(self):
        with self.assertRaises(CellExecutionError):
            self.execute('panic("no")', "1")

    def test_failure_allowed(self):
        out = self.execute('panic("no")', "1", allow_errors=True)
        self.assertEqual([o["output_type"] for o in out[0]], ["error"])
        self.assertEqual(out[1][0]["data"]["text/plain"], "1")


class Programs(unittest.TestCase):
    """Jupyter's programs for the terminal."""

    def run_program(self, *command, input=""):
        done = subprocess.run(
            [sys.executable, "-m", *command], input=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE,
        )
        return done.stdout

    def test_jupyter_run(self):
        with tempfile.NamedTemporaryFile("w", suffix=".go") as f:
            f.write('x := 6\nfmt.Println("product", x*7)\n')
            f.flush()
            self.assertIn("product 42", self.run_program("jupyter_client.runapp", "--kernel", KERNEL, f.name))

    def test_jupyter_console(self):
        lines = 'x := 6\nfmt.Println("product", x*7)\nvar who string; fmt.Scan(&who); "I am " + who\nAda\n'
        out = self.run_program("jupyter_console", "--kernel", KERNEL, "--simple-prompt", input=lines)
        self.assertIn("product 42", out)
        self.assertIn('"I am Ada"', out)


if __name__ == "__main__":
    unittest.main()
