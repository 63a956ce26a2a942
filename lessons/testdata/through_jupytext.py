"""Has jupytext read each lesson of a folder (*.md), and each notebook of ours (*.ours.ipynb), and write what it makes of them.

NAME.md.ipynb is the lesson as a notebook, NAME.md.back the lesson that jupytext makes of that again, NAME.ours.ipynb.md the lesson it makes of our
notebook.
"""
import sys
from pathlib import Path

import jupytext

folder = Path(sys.argv[1])
for file in sorted(folder.glob("*.md")):
    notebook = jupytext.reads(file.read_text(encoding="utf-8"), fmt="md")
    jupytext.write(notebook, str(file) + ".ipynb")
    Path(str(file) + ".back").write_text(jupytext.writes(notebook, fmt="md"), encoding="utf-8")
for file in sorted(folder.glob("*.ours.ipynb")):
    Path(str(file) + ".made").write_text(jupytext.writes(jupytext.read(file), fmt="md"), encoding="utf-8")
