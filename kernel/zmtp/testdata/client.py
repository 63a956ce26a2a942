"""libzmq as the client of the three sockets. Called by TestLibzmq with their addresses and, for CURVE, their public key; every line printed is
a result."""
import sys

import zmq

router, xpub, rep, *server_key = sys.argv[1:]
ctx = zmq.Context()


def connect(kind, addr, **options):
    s = ctx.socket(kind)
    s.linger = 0
    s.rcvtimeo = 120_000
    for name, value in options.items():
        setattr(s, name, value)
    if server_key:
        s.curve_serverkey = server_key[0].encode()
        s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
    s.connect(addr)
    return s


# Heartbeats: an unanswered PING would end the connection after two seconds, and the nameless DEALER would come back under
# another identity. So the same identity twice means that PINGs were answered. (On a busy machine an answer may take a while.)
beating = connect(zmq.DEALER, router, heartbeat_ivl=10, heartbeat_timeout=2000)
beating.send(b"first")
first = beating.recv_multipart()
assert not beating.poll(3000), "a message that nobody sent"
beating.send(b"second")
second = beating.recv_multipart()
print("heartbeats", first[0] == second[0], second[1:])

named = connect(zmq.DEALER, router, identity=b"me")
named.send_multipart([b"", b"a", b"x" * 300, b"y" * 3_000_000])
got = named.recv_multipart()
print("named", got[0], [len(f) for f in got[1:]])

# Two clients with one identity: both live on, and each gets what either has asked for.
again = connect(zmq.DEALER, router, identity=b"me")
again.send(b"of again")
print("one identity", again.recv_multipart(), named.recv_multipart())
named.send(b"of named")
print("one identity", named.recv_multipart(), again.recv_multipart())

req = connect(zmq.REQ, rep)
req.send(b"\x00ping")
print("heart", req.recv())

sub = connect(zmq.SUB, xpub)
sub.subscribe(b"")
print("welcome", sub.recv_multipart())
other = connect(zmq.SUB, xpub)
other.subscribe(b"never")
print("other", other.recv_multipart())
other.unsubscribe(b"never")

# The kernel publishes, then closes at once: everything must arrive.
named = connect(zmq.DEALER, router, identity=b"end")
named.send(b"publish and close")
n = 0
while True:
    m = sub.recv_multipart()
    if m[0] == b"last":
        break
    n += 1
print("published", n, "other", other.poll(0))
