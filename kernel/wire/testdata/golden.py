"""Writes golden.json: messages as jupyter_client itself signs them, the oracle of the tests of this folder.

Run it with a Python that has jupyter_client:  python golden.py > golden.json
"""
import json
import sys

from jupyter_client.session import Session

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
session = Session(key=KEY, session="5ee1a3f0c2d94e7ab5b1e5a0b7c3d2f1", username="läser")


def golden(name, msg_type, content, idents=(), parent=None, metadata=None, buffers=()):
    msg = session.msg(msg_type, content=content, parent=parent, metadata=metadata)
    frames = list(idents) + session.serialize(msg)[0:] + list(buffers)
    return {"name": name, "type": msg_type, "frames": [bytes(f).hex() for f in frames], "id": msg["header"]["msg_id"]}


execute = {
    "code": 'fmt.Println("héllo, 世界 <&>")\n',
    "silent": False,
    "store_history": True,
    "user_expressions": {"x": "1+1"},
    "allow_stdin": True,
    "stop_on_error": True,
}
parent = session.msg("execute_request", content=execute)
rows = [
    golden("execute", "execute_request", execute, idents=[b"client-1"]),
    golden("no identity", "kernel_info_request", {}),
    golden("two identities", "kernel_info_request", {}, idents=[b"\x00\x01\xff", b"relay"]),
    golden("parent and metadata", "stream", {"name": "stdout", "text": "x"}, idents=[b"kernel.x.stream"],
           parent=parent, metadata={"a": [1, 2.5, None]}),
    golden("buffers", "comm_msg", {"comm_id": "c", "data": {}}, idents=[b"i"], buffers=[b"", b"\x00\x01\x02"]),
    golden("delimiter in the code", "execute_request", dict(execute, code="// <IDS|MSG>"), idents=[b"i"]),
    golden("emoji", "complete_request", {"code": "😀.", "cursor_pos": 2}, idents=[b"i"]),
]
json.dump({"key": KEY.decode(), "messages": rows}, sys.stdout, indent=1)
