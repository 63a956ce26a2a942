"""Measures the kernel from outside, through jupyter_client, with ipykernel and the go command beside it.

Prints lines in the format of Go's benchmarks; bench/run makes a table of them. What is compared is measured in turns,
so that a busy machine is busy for both, and each figure is a median.

usage: kernel.py GO_MOD_FOLDER [--cold|--once] [--only=new_cells,again,cached,interrupt,start,lines,display,help,memory,cold]
JUPYTER_PATH has to lead to the kernelspec "resident". Linux or macOS.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback

import zmq
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

OURS, PEER = "resident", "python3"
TIMEOUT = 300  # seconds until a kernel counts as stuck
ONCE = "--once" in sys.argv  # see bench/run


def turns(n):
    """How often something is measured."""
    return range(min(n, 2) if ONCE else n)


class Failed(Exception):
    pass


class Kernel:
    """A kernel with a client. started is the time until kernel_info was answered."""

    def __init__(self, name, **env):
        self.folder = tempfile.mkdtemp(prefix="bench-kernel-")
        # Front ends retry a connection every 100 ms, which would hide how soon the kernel listens.
        self.context = zmq.Context()
        self.context.setsockopt(zmq.RECONNECT_IVL, 5)
        self.context.setsockopt(zmq.RCVHWM, 0)
        self.manager = KernelManager(kernel_name=name, context=self.context)
        begin = time.perf_counter()
        self.manager.start_kernel(cwd=self.folder, env={**os.environ, **env}, stderr=subprocess.DEVNULL)
        self.client = BlockingKernelClient(context=self.context, session=self.manager.session)
        self.client.load_connection_info(self.manager.get_connection_info())
        self.client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
        self.shell, self.iopub = self.client.shell_channel.socket, self.client.iopub_channel.socket
        self.poller = zmq.Poller()
        self.poller.register(self.shell, zmq.POLLIN)
        self.poller.register(self.iopub, zmq.POLLIN)
        self.wait(self.client.kernel_info(), need_idle=False)
        self.started = time.perf_counter() - begin
        # The subscription may have come later than the status: ask until it is heard.
        while not self.wait(self.client.kernel_info(), patience=1):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.context.destroy(linger=0)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, request, need_idle=True, patience=TIMEOUT, on_text=None):
        """Reads until the reply and idle are there, into reply and text; False if they did not come in time."""
        self.text, reply, idle = [], None, not need_idle
        limit = time.perf_counter() + patience
        while reply is None or not idle:
            left = limit - time.perf_counter()
            if left < 0:
                if patience < TIMEOUT:
                    return False
                raise Failed(f"no reply and idle within {patience} s")
            for socket, _ in self.poller.poll(left * 1000):
                _, message = self.client.session.recv(socket)
                if message["parent_header"].get("msg_id") != request:
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "stream" and content["name"] == "stdout":
                    self.text.append(content["text"])
                    if on_text:
                        on_text()
                        on_text = None
                elif kind == "status":
                    idle = idle or content["execution_state"] == "idle"
                elif socket is self.shell:
                    reply = content
        self.reply = reply
        return True

    def ask(self, request):
        """Returns the seconds until a request is answered."""
        begin = time.perf_counter()
        self.wait(request())
        return time.perf_counter() - begin

    def run(self, code, expect=None, fails=False, on_text=None):
        """Runs a cell; returns the seconds until reply and idle."""
        begin = time.perf_counter()
        self.wait(self.client.execute(code, allow_stdin=False), on_text=on_text)
        seconds = time.perf_counter() - begin
        if (self.reply["status"] != "ok") != fails:
            raise Failed(f"{code!r} ended with {self.reply}, printed {''.join(self.text)!r}")
        text = "".join(self.text)
        if expect is not None and text != expect:
            raise Failed(f"{code!r} printed {clip(text)}, expected {clip(expect)}")
        return seconds


def clip(text):
    return repr(text) if len(text) < 300 else f"{len(text)} characters, {text[:100]!r} ... {text[-100:]!r}"


def report(name, ours, peer=None, unit="ms"):
    """Prints the medians of seconds, as milliseconds unless the unit is s."""
    scale = 1000 if unit == "ms" else 1
    line = f"BenchmarkKernel/{name} {len(ours)} {statistics.median(ours) * scale:.4g} ours-{unit}"
    if peer:
        line += f" {statistics.median(peer) * scale:.4g} peer-{unit}"
    print(line, flush=True)


serial = time.time_ns()


def fresh():
    """A number that no earlier cell or program holds."""
    global serial
    serial += 1
    return serial


IMPORTS = ["encoding/json", "net/http", "gonum.org/v1/gonum/mat"]


def trivial():
    n = fresh()
    return f'fmt.Println("line {n}")', f"line {n}\n"


def importing():
    n = fresh()
    head = "import (\n" + "".join(f'\t"{p}"\n' for p in ["fmt", *IMPORTS]) + ")\n"
    return (
        head + f'fmt.Println(http.StatusText(404), json.Valid([]byte("{n}")), mat.NewDense(1, 1, nil).At(0, 0))',
        "Not Found true 0\n",
    )


class Program:
    """Builds programs of one line with the go command."""

    def __init__(self, go_mod_folder):
        self.folder = tempfile.mkdtemp(prefix="bench-program-")
        for name in ["go.mod", "go.sum"]:
            shutil.copy(os.path.join(go_mod_folder, name), self.folder)

    def build(self, text):
        with open(os.path.join(self.folder, "main.go"), "w") as f:
            f.write(text)
        begin = time.perf_counter()
        subprocess.run(["go", "build", "-o", "program", "main.go"], cwd=self.folder, check=True)
        return time.perf_counter() - begin

    def trivial(self):
        return self.build(f'package main\n\nimport "fmt"\n\nfunc main() {{\n\tfmt.Println("line {fresh()}")\n}}\n')

    def close(self):
        shutil.rmtree(self.folder)


def new_cells(o):
    """A cell that was never built, beside go build of the same line; and one with heavy imports beside that."""
    program = Program(o.go_mod_folder)
    with Kernel(OURS) as k:
        program.trivial()
        for cell in trivial, importing:
            k.run(*cell())
        plain, heavy, built = [], [], []
        for _ in turns(21):
            plain.append(k.run(*trivial()))
            built.append(program.trivial())
            heavy.append(k.run(*importing()))
        report("new", plain, built)
        report("imports", heavy, plain)
    program.close()


def again(_):
    with Kernel(OURS) as k:
        cell = trivial()
        k.run(*cell)
        report("again", [k.run(*cell) for _ in turns(21)])


def notebook():
    """30 cells that rest on one another."""
    n = fresh()
    cells = [f"total := {n % 1000}"]
    for i in range(1, 29):
        cells.append(f"func f{i}(x int) int {{ return x + {i} }}\nv{i} := f{i}(total)\nfmt.Println(v{i} - total)")
    return [*cells, "fmt.Println(total + v1)"]


def cached(_):
    """The time for each cell of a notebook that another session has run."""
    cells = notebook()
    with Kernel(OURS) as k:
        for c in cells:
            k.run(c)
    means = []
    for _ in turns(5):
        with Kernel(OURS) as k:
            means.append(sum(k.run(c) for c in cells) / len(cells))
    report("cached", means)


def interrupted(k, setup, loop, check, expect):
    """Seconds from the interrupt to idle, after the loop has printed."""
    k.run(setup)
    times = []
    for _ in turns(11):
        sent = []

        def interrupt():
            sent.append(time.perf_counter())
            k.manager.interrupt_kernel()

        k.run(loop, fails=True, on_text=interrupt)
        times.append(time.perf_counter() - sent[0])
        k.run(check, expect)
    return times


def interrupt(_):
    with Kernel(OURS) as k:
        ours = interrupted(k, "n := 0", 'fmt.Println("ready")\nfor { n++ }', "fmt.Println(n >= 0)", "true\n")
    peer = None
    if have_peer():
        with Kernel(PEER) as k:
            peer = interrupted(k, "n = 0", "print('ready', flush=True)\nwhile True: n += 1", "print(n >= 0)", "True\n")
    report("interrupt", ours, peer)


def start(_):
    ours, peer = [], []
    for i in turns(11):
        with Kernel(OURS) as k:
            ours.append(k.started)
        if i < 3 and have_peer():
            with Kernel(PEER) as k:
                peer.append(k.started)
    report("start", ours, peer)


def lines(_):
    count = 100_000
    expect = "".join(f"line {i}\n" for i in range(count))
    go = f'for i := range {count} {{\n\tfmt.Println("line", i)\n}}'
    python = f"for i in range({count}):\n    print(f'line {{i}}')"
    ours, peer = [], []
    with Kernel(OURS) as k:
        k.run(go, expect)
        if have_peer():
            with Kernel(PEER) as p:
                p.run(python, expect)
                for _ in turns(7):
                    ours.append(k.run(go, expect))
                    peer.append(p.run(python, expect))
        else:
            ours = [k.run(go, expect) for _ in turns(7)]
    report("lines", ours, peer)


def display(_):
    """10 MB of HTML."""
    go = 'display.Show(display.HTML(strings.Repeat("<p>0123456789</p>\\n", 10<<20/18)))'
    python = "from IPython.display import HTML, display\ndisplay(HTML('<p>0123456789</p>\\n' * ((10 << 20) // 18)))"
    with Kernel(OURS) as k:
        ours = [k.run(go) for _ in turns(8)][1:]
    peer = None
    if have_peer():
        with Kernel(PEER) as k:
            peer = [k.run(python) for _ in turns(8)][1:]
    report("display", ours, peer)


def help(_):
    """Completion and inspection in a session of 50 cells, of a name in an earlier cell and of a package's."""
    with Kernel(OURS) as k:
        for c in [*notebook(), *notebook()[1:21]]:
            k.run(c)
        asked = ["v17 + tot", "strings.ToUpperS", "f12", "fmt.Fpr"]
        report("complete", [k.ask(lambda: k.client.complete(code, len(code))) for _ in turns(10) for code in asked])
        report("inspect", [k.ask(lambda: k.client.inspect(code, len(code))) for _ in turns(10) for code in ["total", "f12", "strings.ToUpper"]])


def memory(_):
    """What kernel and worker take after 300 cells, without the worker's library. Pages that they share count once."""
    if not os.path.exists("/proc/self/smaps"):
        return
    with Kernel(OURS) as k:
        for i in range(30 if ONCE else 300):
            k.run(f"m{i} := make([]int, 10)\nfunc g{i}(x int) int {{ return x + {i} }}\nfmt.Println(g{i}(len(m{i})))")
        total = sum(proportional(pid) for pid in family(k.manager.provisioner.process.pid))
    print(f"BenchmarkKernel/memory 1 {total / 1024:.4g} MB", flush=True)


def family(pid):
    """A process and those it has started."""
    yield pid
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as f:
            for child in f.read().split():
                yield from family(int(child))


def proportional(pid):
    """The kilobytes of a process, its part of what it shares; mappings of the worker's library are left out."""
    total, library = 0, False
    with open(f"/proc/{pid}/smaps") as f:
        for line in f:
            first, *rest = line.split()
            if first == "Pss:":
                total += 0 if library else int(rest[0])
            elif not first.endswith(":"):
                library = "/base-" in line and line.rstrip().endswith(".so")
    return total


def cold(_):
    """The first start on a machine: nothing compiled but the go command and the modules downloaded."""
    folder = tempfile.mkdtemp(prefix="bench-cold-")
    try:
        begin = time.perf_counter()
        with Kernel(OURS, XDG_CACHE_HOME=folder, GOCACHE=os.path.join(folder, "go-build")) as k:
            started = k.started
            k.run(*trivial())
            report("cold", [time.perf_counter() - begin], unit="s")
        with Kernel(OURS) as k:
            report("coldinfo", [started], [k.started])
    finally:
        shutil.rmtree(folder)


def have_peer():
    return PEER in KernelSpecManager().find_kernel_specs()


class Options:
    def __init__(self, args):
        self.cold = "--cold" in args
        self.only = [a.removeprefix("--only=").split(",") for a in args if a.startswith("--only=")]
        (self.go_mod_folder,) = [a for a in args if not a.startswith("--")]

    def wants(self, section):
        return section.__name__ in self.only[-1] if self.only else section is not cold or self.cold


def main():
    # A job in the background of a shell ignores SIGINT, and kernels would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    o = Options(sys.argv[1:])
    failed = False
    for section in filter(o.wants, [new_cells, again, cached, interrupt, start, lines, display, help, memory, cold]):
        try:
            section(o)
        except Exception:
            failed = True
            print(f"{section.__name__}:", file=sys.stderr)
            traceback.print_exc()
    sys.exit(failed)


if __name__ == "__main__":
    main()
