"""Writes the notebooks in this folder with Jupyter's own code: nbformat, jupyter_server and, for real outputs, nbclient.

Run it here:  python make.py

current/NAME.ipynb   nbformat 4.5 as Jupyter saves it: Read and Write must not change a byte
older/NAME.ipynb     an older version
older/NAME.golden    the same after nbformat's own upgrade to 4.5, ids replaced by cell-0, cell-1, ...
"""
import copy, json, pathlib

import nbformat
from nbclient import NotebookClient
from nbformat import v4
from nbformat.sign import NotebookNotary
from jupyter_server.services.contents.filemanager import FileContentsManager

HERE = pathlib.Path(__file__).parent
LINE_ENDS = "a\nb\r\nc\rd\ve\ff\x1cg\x1dh\x1ei\x85j\u2028k\u2029l"
ODD = 'quotes " \\ / <b>&amp;</b> \u00e9 \u4e16 \U0001f600 \x00\x01\x1f\x7f\b\t \u2028 \ufeff \u200d'
NUMBERS = {
    "ints": [0, -1, 7, 2**53 + 1, 10**30],
    "floats": [0.0, -0.0, 1.0, 1.5, 1e16, 1e22, 1e-7, 5e-324, 0.1 + 0.2, 1e300],
    "rest": [True, False, None, {}, [], [[]], [{}], {"": ""}],
    "z": {"\uffff": 1, "\U0001f600": 2, "B": 3, "a": 4, "a b": 5, "\u00e9": 6},
}


def notebook(cells, metadata=None, **more):
    nb = v4.new_notebook(cells=cells, metadata=metadata or {})
    for i, c in enumerate(nb.cells):
        c["id"] = f"{i:x}-cell_{'A' * (i % 3)}"
    nb.update(more)
    return nb


def current():
    code, markdown, raw = v4.new_code_cell, v4.new_markdown_cell, v4.new_raw_cell
    out = v4.new_output
    yield "empty", notebook([])
    yield "plain", notebook(
        [markdown("# Title\n\nText"), code("x := 1\nx", execution_count=1), raw("raw\n"), code("")],
        {
            "kernelspec": {"display_name": "Go (resident)", "language": "go", "name": "resident"},
            "language_info": {"codemirror_mode": "go", "file_extension": ".go", "mimetype": "text/x-go", "name": "go", "version": "1.26"},
        },
    )
    yield "lines", notebook(
        [code(LINE_ENDS, outputs=[out("stream", name="stdout", text=LINE_ENDS + "\n\n"), out("stream", name="stderr", text="")])]
        + [markdown(s) for s in ["", "\n", "\r", "\r\n", "\n\r", "a\n", "a\n\nb", "\u2028", "\x85\x85", LINE_ENDS * 2]]
    )
    yield "strings", notebook([code(ODD), markdown(ODD, metadata={ODD: [ODD]})], {ODD: {ODD: ODD}})
    yield "metadata", notebook(
        [
            code("1", metadata={"collapsed": True, "scrolled": "auto", "tags": ["a", "b"], "jupyter": {"source_hidden": True}, "numbers": NUMBERS}),
            raw("<x/>", metadata={"format": "text/html", "raw_mimetype": "text/html", "name": "n"}),
        ],
        {"numbers": NUMBERS, "authors": [{"name": "\u00c5sa"}], "title": "t", "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}},
    )
    bundle = {
        "text/plain": "a\nb",
        "text/html": "<table>\n<tr><td>1 &lt; 2</td></tr>\n</table>",
        "text/latex": "$x$",
        "text/markdown": "",
        "text/vnd.mermaid": "graph TD\nA-->B",
        "image/svg+xml": "<svg>\n</svg>",
        "image/png": "iVBORw0KGgo=\n",
        "application/javascript": "a()\nb()",
        "application/json": {"a": ["x", "y\nz"], "n": NUMBERS},
        "application/vnd.vega.v5+json": ["a", "b"],
        "application/vnd.plotly.v1+json": {"data": [{"x": [1.0, 2.5], "y": [1, 2]}]},
        "application/geo+json": "text\nas json",
        "application/pdf": "JVBERi0=\n",
    }
    yield "outputs", notebook(
        [
            code(
                "show()",
                execution_count=12,
                outputs=[
                    out("stream", name="stdout", text="10%\r20%\r\n\x1b[31mred\x1b[0m\b"),
                    out("display_data", data=copy.deepcopy(bundle), metadata={"image/png": {"width": 640, "height": 480.5}, "needs_background": "light"}),
                    out("display_data"),
                    out("execute_result", data=copy.deepcopy(bundle), execution_count=12),
                    out("execute_result", data={"text/plain": "0"}, execution_count=0),
                    out("execute_result", data={"text/plain": ""}, execution_count=None),
                    out("error", ename="panic", evalue="index out of range", traceback=["\x1b[0;31mpanic\x1b[0m", "Cell In[3], line 5\n\tx"]),
                    out("error", ename="", evalue="", traceback=[]),
                ],
            ),
            code("zero", execution_count=0),
        ]
    )
    yield "attachments", notebook(
        [
            markdown("![a](attachment:a.png)", attachments={"a.png": {"image/png": "aGk="}, "b.svg": {"image/svg+xml": "<svg>\n</svg>"}, "t": {"text/plain": "a\nb"}}),
            markdown("none", attachments={}),
            raw("raw", attachments={"n": {}}),
        ]
    )


def executed():
    """A notebook that a real kernel has run."""
    cells = [
        "print('hello\\nworld'); import sys; print('err', file=sys.stderr)",
        "from IPython.display import *\ndisplay(HTML('<b>x</b>'), Markdown('*m*'), JSON({'a': [1, 2.0]}), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\">\\n</svg>'))",
        "h = display('first', display_id='d'); h.update('second'); {'a': 1}",
        "for i in range(3): print(i, end='\\r')\nclear_output(wait=True); print('after')",
        "1/0",
    ]
    nb = notebook([v4.new_code_cell(c) for c in cells], {"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    NotebookClient(nb, allow_errors=True, record_timing=False).execute()
    return nb


def save(manager, name, nb):
    """Saves as the server does when a front end sends it the notebook: as JSON, untouched."""
    model = {"type": "notebook", "format": "json", "content": json.loads(json.dumps(nb))}
    for cell in model["content"]["cells"]:
        cell["metadata"]["trusted"] = True  # the front end sends it, the server never stores it
    model["content"]["metadata"]["orig_nbformat"] = 4
    manager.save(model, name + ".ipynb")


def older():
    text = lambda kind, source, **more: {"cell_type": kind, "metadata": {}, "source": source, **more}
    outputs4 = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {"output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": {"text/plain": ["x\n", "y"], "application/json": ["x", "y"], "image/png": ["aa\n", "bb"]}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]
    for minor in range(5):
        yield f"v4.{minor}", {
            "nbformat": 4,
            "nbformat_minor": minor,
            "metadata": {"signature": "sha256:1", "orig_nbformat": 3, "k": {"x": 1.50}},
            "cells": [
                text("markdown", ["# a\n", "b"], attachments={"a": {"text/html": ["x\n", "y"]}} if minor else {}),
                text("code", "x", execution_count=3, outputs=outputs4) | {"metadata": {"trusted": True, "collapsed": False}},
                text("raw", [""]),
                text("markdown", "# a\nb"),
                text("markdown", "# a\nb"),
            ],
        }
    outputs3 = [
        {"output_type": "stream", "stream": "stderr", "text": ["a\n", "b"]},
        {"output_type": "stream", "text": ["a", "b"]},
        {"output_type": "pyout", "prompt_number": 4, "metadata": {}, "text": ["1", "2"], "html": ["<b>\n", "</b>"], "latex": "$x$", "javascript": ["a()\n", "b()"]},
        {"output_type": "pyout", "prompt_number": 5, "text": "x", "json": '{"a": [1, 2.5, "\\u00e9"], "b": null}'},
        {"output_type": "display_data", "metadata": {"png": {"width": 1}}, "png": "aGk=\n", "jpeg": "aGk=", "svg": ["<svg>\n", "</svg>"], "text/x-own": ["a\n", "b"]},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["\x1b[0m", "t"]},
    ]
    code3 = {"cell_type": "code", "language": "python", "collapsed": True, "metadata": {"trusted": True}, "input": ["a = 1", "b"], "prompt_number": 4, "outputs": outputs3}
    sheets = [
        {
            "metadata": {"dropped": 1},
            "cells": [
                text("heading", ["Two\n", "lines"], level=1),
                text("heading", "Six", level=6),
                code3,
                {"cell_type": "code", "language": "python", "input": "", "outputs": []},
                text("html", "<b>html</b>"),
                {"cell_type": "raw", "source": ["r\n", "s"]},
                text("markdown", ["a", "b", ""]),
                text("markdown", []),
            ],
        },
        {"cells": [text("markdown", ["second\n", "sheet"])]},
    ]
    yield "v3.0", {"nbformat": 3, "nbformat_minor": 0, "orig_nbformat": 2, "metadata": {"name": "Old", "signature": "x", "own": [1.0]}, "worksheets": sheets}
    yield "v3-empty", {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": []}


def upgraded(source):
    nb = nbformat.reads(source, as_version=4)
    nb = v4.upgrade(nb)
    for i, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{i}"
    nbformat.validate(nb)
    return nb


def main():
    manager = FileContentsManager(root_dir=str(HERE / "current"), notary=NotebookNotary(db_file=":memory:"))
    manager.checkpoints.create_checkpoint = lambda *a: {}
    manager.checkpoints.list_checkpoints = lambda *a: [{}]
    for name, nb in current():
        nbformat.validate(nb)
        save(manager, name, nb)
    save(manager, "executed", executed())
    for name, doc in older():
        source = json.dumps(doc, indent=1)
        (HERE / "older" / (name + ".ipynb")).write_text(source + "\n", encoding="utf8")
        nbformat.write(upgraded(source), str(HERE / "older" / (name + ".golden")))


main()
