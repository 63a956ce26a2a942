# A program that uses "resident serve" through jupyter-kernel-client: client.py URL TOKEN

import sys

from jupyter_kernel_client import JupyterKernelClient

url, token = sys.argv[1:]
with JupyterKernelClient(server_url=url, token=token, kernel_name="resident") as kernel:
    assert kernel.kernel_info["language_info"]["name"] == "go", kernel.kernel_info
    reply = kernel.execute('fmt.Println("hello")\n6 * 7')
    assert reply["status"] == "ok", reply
    text = "".join(o["text"] for o in reply["outputs"] if o["output_type"] == "stream" and o["name"] == "stdout")
    assert text == "hello\n", reply
    assert reply["outputs"][-1]["data"]["text/plain"] == "42", reply
    failed = kernel.execute("undefinedName")
    assert failed["status"] == "error" and "undefinedName" in failed["outputs"][-1]["evalue"], failed
    kernel.execute("kept := 1")
    kernel.restart()
    assert kernel.execute("kept")["status"] == "error"
    assert kernel.is_alive()
    assert [k["id"] for k in kernel.list_kernels()] == [kernel.id]
