"""Multiplies matrices by the OpenBLAS that comes with numpy, as a racer (see bench/race). OPENBLAS_CORETYPE chooses its kernels.

usage: openblas.py nn|nt M N K TIMES
"""

import ctypes
import glob
import os
import sys
import time

import numpy as np

from racer import serve, small

lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(np.__file__), "..", "numpy.libs", "libscipy_openblas64*"))[0])
lib.scipy_openblas_get_config64_.restype = ctypes.c_char_p
lib.scipy_openblas_get_corename64_.restype = ctypes.c_char_p
m, n, k, times = map(int, sys.argv[2:6])
a, b, c = small(m, k, 7), small(k, n, 5), np.empty((m, n), np.float32)
if sys.argv[1] == "nt":
    b = b.reshape(n, k).T


def unit(threads):
    lib.scipy_openblas_set_num_threads64_(threads)
    begun = time.perf_counter()
    for _ in range(times):
        np.matmul(a, b, out=c)
    return (time.perf_counter() - begun) / times, c.sum(dtype=np.float64)


config = lib.scipy_openblas_get_config64_().decode().split()
serve(f"OpenBLAS {config[1]}, {lib.scipy_openblas_get_corename64_().decode()} kernels, by numpy {np.__version__}, f32", unit)
