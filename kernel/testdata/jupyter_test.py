"""Jupyter's own programs with the kernel "resident", which TestJupyter has installed.

The first two classes are Jupyter's conformance suite, jupyter_kernel_test, with samples filled in; the others use the
kernel as jupyter_client and nbclient do.
"""
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import jupyter_kernel_test
import nbformat
import psutil
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_kernel_test.msgspec_v5 import validate_message
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = "resident"
PATIENCE = 120
jupyter_kernel_test.TIMEOUT = PATIENCE


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
    code_page_something = "strings.HasPrefix?"

    def flush_channels(self):
        """What came before is over when a request behind it is. The suite takes a tenth of a second without messages for that, which on a busy machine it is not."""
        msg_id = self.kc.kernel_info()
        while self.kc.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != msg_id:
            pass
        over = False
        while not over:
            msg = self.kc.get_iopub_msg(timeout=PATIENCE)
            validate_message(msg)
            over = msg["parent_header"].get("msg_id") == msg_id and msg["content"].get("execution_state") == "idle"

    def execute_helper(self, *args, timeout=PATIENCE, **options):
        """The suite wants each message a tenth of a second after the one before, which a busy machine does not promise; that they come, and in which order, it does."""
        get = self.kc.iopub_channel.get_msg
        with mock.patch.object(self.kc.iopub_channel, "get_msg", lambda timeout: get(timeout=PATIENCE)):
            return super().execute_helper(*args, timeout=timeout, **options)


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
            end = time.monotonic() + PATIENCE
            while not client.hb_channel.is_beating():  # a beat may be late, and then the channel counts as dead for a moment
                self.assertLess(time.monotonic(), end)
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

    def test_command_reads(self):
        answers = [("Ada", False), ("secret", True)]

        def answer(msg):
            text, hidden = answers.pop(0)
            self.assertEqual(msg["content"]["password"], hidden)
            self.kc.input(text)

        code = '%with_inputs\n!read name; echo "hello $name"\n%with_password\n!read word; echo ${#word}'
        reply, shown = self.run_cell(code, allow_stdin=True, stdin_hook=answer)
        self.assertEqual((reply["status"], answers), ("ok", []))
        self.assertEqual("".join(text for _, text in shown), "hello Ada\n6\n")

    def test_command_reads_where_nobody_answers(self):
        reply, shown = self.run_cell("%with_inputs\n!cat; echo ended", allow_stdin=False)
        self.assertIn("allow_stdin is false", reply["evalue"])
        self.assertIn(("stdout", "ended\n"), shown)

    def test_payload(self):
        reply, shown = self.run_cell("%fmt\nx:=1")
        self.assertEqual((reply["payload"], shown), ([{"source": "set_next_input", "text": "x := 1", "replace": True}], []))
        reply, _ = self.run_cell('display.NextCell("y := 2")')
        self.assertEqual(reply["payload"], [{"source": "set_next_input", "text": "y := 2", "replace": False}])

    def test_input_not_allowed(self):
        _, shown = self.run_cell('_, err := display.Input("?"); fmt.Println(err)', allow_stdin=False)
        self.assertIn("allow_stdin is false", shown[0][1])

    def check_interrupt(self, interrupt):
        self.kc.execute('n := 0; for { if n++; n == 1 { fmt.Println("looping") } }')
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
        return [c.outputs for c in self.executed(*cells, **options).cells]

    def executed(self, *cells, **options):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        NotebookClient(nb, kernel_name=KERNEL, timeout=PATIENCE, **options).execute()
        return nb

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

    def test_notebook_of_gonb(self):
        nb = nbformat.read("gonb.ipynb", 4)
        expected = [[o["text"] for o in c.get("outputs", [])] for c in nb.cells]
        with tempfile.TemporaryDirectory() as folder:
            resources = {"metadata": {"path": folder}}
            NotebookClient(nb, kernel_name=KERNEL, timeout=PATIENCE, resources=resources).execute()
        for cell, want in zip(nb.cells, expected):
            self.assertEqual([o.get("text", o) for o in cell.get("outputs", [])], want, cell.source)

    def test_widgets_are_saved(self):
        nb = self.executed(
            'import "github.com/resident-go/resident/kernel/widget"\ns := widget.IntSlider("n", 1, 9)\ns',
            "s.Set(4)",
            "widget.Image(image.NewGray(image.Rect(0, 0, 2, 2)))",
            'widget.Interact(func(n int) int { fmt.Println("called"); return n * n }, s)',
        )
        nbformat.validate(nb)
        saved = nb.metadata.widgets["application/vnd.jupyter.widget-state+json"]
        self.assertEqual((saved["version_major"], saved["version_minor"]), (2, 0))
        view = nb.cells[0].outputs[0]["data"]
        self.assertEqual(view["text/plain"], "IntSlider n = 1 (1 to 9)")
        slider = saved["state"][view["application/vnd.jupyter.widget-view+json"]["model_id"]]
        self.assertEqual((slider["model_name"], slider["model_module"], slider["model_module_version"]),
                         ("IntSliderModel", "@jupyter-widgets/controls", "2.0.0"))
        self.assertEqual(slider["state"]["value"], 4)
        layout = saved["state"][slider["state"]["layout"].removeprefix("IPY_MODEL_")]
        self.assertEqual(layout["model_name"], "LayoutModel")
        picture = saved["state"][nb.cells[2].outputs[0]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]]
        self.assertEqual((picture["buffers"][0]["path"], picture["buffers"][0]["encoding"]), (["value"], "base64"))
        self.assertTrue(picture["buffers"][0]["data"].startswith("iVBOR"))
        # What the function printed and returned is in the output widget, not below the cell.
        self.assertEqual([list(o["data"]) for o in nb.cells[3].outputs], [["application/vnd.jupyter.widget-view+json", "text/plain"]])
        places = [m["state"]["outputs"] for m in saved["state"].values() if m["model_name"] == "OutputModel"]
        self.assertEqual([o.get("text") or o["data"]["text/plain"] for o in places[0]], ["called\n", "16"])


class Subshells(unittest.TestCase):
    """As JupyterLab does: the comms of each target have a subshell."""

    def setUp(self):
        self.km, self.kc = start_new_kernel(kernel_name=KERNEL, startup_timeout=PATIENCE)
        self.addCleanup(self.km.shutdown_kernel)
        self.addCleanup(self.kc.stop_channels)

    def control(self, msg_type, **content):
        msg = self.kc.session.msg(msg_type, content)
        self.kc.control_channel.send(msg)
        while True:
            reply = self.kc.get_control_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == msg["header"]["msg_id"]:
                return reply["content"]

    def send(self, subshell, msg_type, buffers=(), **content):
        msg = self.kc.session.msg(msg_type, content)
        msg["header"]["subshell_id"] = subshell
        self.kc.session.send(self.kc.shell_channel.socket, msg, buffers=list(buffers))
        return msg["header"]["msg_id"]

    def published(self, msg_id):
        """Returns what is published for a request until its idle."""
        shown = []
        while True:
            msg = self.kc.get_iopub_msg(timeout=PATIENCE)
            if msg["parent_header"].get("msg_id") != msg_id:
                continue
            if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
                return shown
            shown.append(msg)

    def test_while_a_cell_runs(self):
        self.assertIn("kernel subshells", self.kc.kernel_info(reply=True, timeout=PATIENCE)["content"]["supported_features"])
        code = """import "github.com/resident-go/resident/kernel/comm"
            wake := make(chan bool)
            heard := 0
            comm.Handle("bell", func(c *comm.Comm, m comm.Message) {
                c.OnMessage(func(m comm.Message) {
                    heard += len(m.Buffers[0])
                    fmt.Println("rings")
                    c.Send(map[string]int{"heard": heard}, []byte{1, 2})
                    if heard > 3 { close(wake) }
                })
            })"""
        self.assertEqual(self.kc.execute(code, reply=True, timeout=PATIENCE)["content"]["status"], "ok")
        subshell = self.control("create_subshell_request")["subshell_id"]
        self.assertEqual(self.control("list_subshell_request")["subshell_id"], [subshell])
        runs = self.kc.execute("<-wake; heard")
        self.published(self.send(subshell, "comm_open", comm_id="b", target_name="bell", data={}))
        completed = self.send(subshell, "complete_request", code="strings.ToUpperS", cursor_pos=16)
        reply = self.kc.get_shell_msg(timeout=PATIENCE)
        self.assertEqual(reply["parent_header"]["msg_id"], completed)
        self.assertEqual(reply["content"]["matches"], ["ToUpperSpecial"])
        for heard in (3, 6):
            rings = self.published(self.send(subshell, "comm_msg", [b"abc"], comm_id="b", data={}))
            answers = [m for m in rings if m["msg_type"] == "comm_msg"]
            self.assertEqual([m["content"]["text"] for m in rings if m["msg_type"] == "stream"], ["rings\n"])
            self.assertEqual([(m["content"]["data"], [bytes(b) for b in m["buffers"]]) for m in answers], [({"heard": heard}, [b"\x01\x02"])])
        reply = self.kc.get_shell_msg(timeout=PATIENCE)
        self.assertEqual((reply["parent_header"]["msg_id"], reply["content"]["status"]), (runs, "ok"))
        self.assertEqual(self.control("delete_subshell_request", subshell_id=subshell)["status"], "ok")


class Usage(unittest.TestCase):
    """As jupyter-resource-usage asks: each time on a control channel of its own, of which the first message is the answer."""

    def setUp(self):
        self.km = KernelManager(kernel_name=KERNEL)
        self.km.start_kernel()
        self.addCleanup(self.km.shutdown_kernel)
        # With a session of its own, as those of a server's pages have. The manager's clients all have one identity: of those that are
        # connected at the same time one gets the others' answers.
        self.kc = BlockingKernelClient(connection_file=self.km.connection_file)
        self.kc.load_connection_file()
        self.kc.start_channels()
        self.addCleanup(self.kc.stop_channels)
        self.kc.wait_for_ready(timeout=PATIENCE)

    def usage(self):
        client = self.km.client()
        client.control_channel.send(client.session.msg("usage_request", {}))
        reply = client.control_channel.get_msg(timeout=PATIENCE)
        client.stop_channels()
        self.assertEqual(reply["msg_type"], "usage_reply")
        return reply["content"]

    def test_while_a_cell_runs(self):
        self.kc.execute_interactive("kept := bytes.Repeat([]byte{1}, 64<<20)", timeout=PATIENCE, output_hook=lambda m: None)
        kernel = psutil.Process(self.km.provisioner.process.pid)
        first = self.usage()
        held = sum(p.memory_full_info().pss for p in [kernel, *kernel.children(recursive=True)])
        self.assertEqual((first["pid"], first["hostname"], first["cpu_count"]), (kernel.pid, socket.gethostname(), psutil.cpu_count()))
        self.assertGreater(first["kernel_memory"], 64 << 20)
        self.assertLess(abs(first["kernel_memory"] - held), held / 4)
        machine = psutil.virtual_memory()
        self.assertEqual((set(first["host_virtual_memory"]), first["host_virtual_memory"]["total"]), (set(machine._fields), machine.total))
        self.assertEqual(first["kernel_cpu"], 0)
        self.kc.execute("for { kept[0]++ }")
        deadline = time.monotonic() + PATIENCE
        while (now := self.usage())["kernel_cpu"] < 5:
            self.assertLess(time.monotonic(), deadline, now)
        self.assertGreater(now["host_cpu_percent"], 0)
        self.km.interrupt_kernel()


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
