"""papermill with parameters for Go notebooks: the package kernel/papermill, and the real program with the installed kernel."""
import os
import subprocess
import sys
import tempfile
import unittest

import nbformat
from papermill.exceptions import PapermillException
from papermill.inspection import inspect_notebook
from papermill.iorw import load_notebook_node
from papermill.translators import papermill_translators
import papermill  # loads the translator

DEFAULTS = 'steps := 100 // how often\nvar rate float32 = 0.5\nname := "http://x" // who\nvar wait time.Duration\nfmt.Sprint(1)'


def notebook(*sources, tags=("parameters",)):
    cells = [nbformat.v4.new_code_cell(s) for s in sources]
    cells[0].metadata["tags"] = list(tags)
    spec = {"name": "resident", "display_name": "Go (resident)", "language": "go"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "go"}})


class Translation(unittest.TestCase):
    def test_literals(self):
        for value, want in [
            (1, "x := 1"), (-3, "x := -3"), ((1 << 64) - 1, "x := uint64(18446744073709551615)"), (0.5, "x := 0.5"), (2.0, "x := 2.0"),
            (1e-9, "x := 1e-09"), (float("inf"), "x := math.Inf(1)"), (float("nan"), "x := math.NaN()"), (True, "x := true"),
            (None, "var x any"), ("a\"b\\\n\té😀", 'x := "a\\"b\\\\\\n\\té😀"'), ("", 'x := ""'), ("\ufeff", 'x := "\\ufeff"'),
            ([1, 2], "x := []int{1, 2}"), ([1, 2.5], "x := []float64{1, 2.5}"), (["a"], 'x := []string{"a"}'), ([], "x := []any{}"),
            ([1, "a", None], 'x := []any{1, "a", nil}'), ([[1], [2]], "x := [][]int{[]int{1}, []int{2}}"),
            ({"a": 1}, 'x := map[string]int{"a": 1}'), ({"a": 1, "b": [True]}, 'x := map[string]any{"a": 1, "b": []bool{true}}'),
        ]:
            with self.subTest(value=value):
                got = papermill_translators.find_translator("resident", "go").codify({"x": value})
                self.assertEqual(got, f"// Parameters\n{want}\n")

    def test_too_large(self):
        with self.assertRaisesRegex(PapermillException, "no integer type"):
            papermill_translators.find_translator("resident", "go").codify({"x": 1 << 64})

    def test_defaults_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "in.ipynb")
            nbformat.write(notebook(DEFAULTS), file)
            got = [tuple(p.values()) for p in inspect_notebook(file).values()]
        self.assertEqual(got, [
            ("steps", "None", "100", "how often"), ("rate", "float32", "0.5", ""), ("name", "None", '"http://x"', "who"),
            ("wait", "time.Duration", "", ""),
        ])


class Program(unittest.TestCase):
    """papermill as people start it."""

    def execute(self, nb, *options):
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(nb, os.path.join(folder, "in.ipynb"))
            done = subprocess.run(
                [sys.executable, "-m", "papermill", "--no-progress-bar", "in.ipynb", "out.ipynb", *options],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
            )
            self.assertEqual(done.returncode, 0, done.stdout)
            return load_notebook_node(os.path.join(folder, "out.ipynb")).cells

    def test_declared_parameters_keep_their_type(self):
        cells = self.execute(notebook(DEFAULTS, 'fmt.Printf("%T %v %T %v %q %v", steps, steps, rate, rate, name, wait)'),
                             "-p", "steps", "200", "-p", "rate", "2", "-r", "name", "x", "-p", "wait", "1500")
        self.assertEqual(cells[1].metadata["tags"], ["injected-parameters"])
        self.assertEqual(cells[2].outputs[0]["text"], 'int 200 float32 2 "x" 1.5µs')

    def test_others_are_declared(self):
        yaml = 'list: [1, 2]\nmixed: [1, a]\nnothing: null\nnested: {a: 0.5}\nyes: true\ntext: "a\\"\\n😀"'
        cells = self.execute(notebook('"no parameters here"', 'fmt.Printf("%#v %#v %v %#v %v %q", list, mixed, nothing, nested, on, text)', tags=()),
                             "-y", yaml.replace("yes:", "'on':"))
        self.assertEqual(cells[2].outputs[0]["text"],
                         '[]int{1, 2} []interface {}{1, "a"} <nil> map[string]float64{"a":0.5} true "a\\"\\n😀"')


if __name__ == "__main__":
    unittest.main()
