"""Reads, validates and writes each notebook of a folder with Jupyter's nbformat, to NAME.ipynb.out."""
import pathlib, sys

import nbformat
from nbformat.validator import isvalid

for path in pathlib.Path(sys.argv[1]).glob("*.ipynb"):
    nb = nbformat.reads(path.read_bytes().decode("utf8"), as_version=nbformat.NO_CONVERT)
    if not isvalid(nb):
        nbformat.validate(nb)
        sys.exit(f"{path}: not valid")
    with open(str(path) + ".out", "w", encoding="utf8", newline="") as f:
        nbformat.write(nb, f)
