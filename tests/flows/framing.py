# SPDX-License-Identifier: EUPL-1.2
"""Bad framing on raw sockets: one answer or a close, never a second request served, and others go on."""
import socket

from lib import QUICK, SLOW, check

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CASES = {
    "two lengths": (b"POST /v1/try HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400),
    "length and chunks": (b"POST /v1/try HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "signed length": (b"POST /v1/try HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +2\r\n\r\n{}", 400),
    "two hosts": (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\n\r\n", 400),
    "foreign host": (b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "space before colon": (b"GET /healthz HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", 400),
    "large head": (HEAD + b"X: " + b"a" * 40000 + b"\r\n\r\n", 431),
    "many headers": (HEAD + b"".join(b"X%d: 1\r\n" % number for number in range(100)) + b"\r\n", 431),
    "long target": (b"GET /" + b"a" * 6000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414),
}


def ask(network, sent):
    """Everything that comes back until the server closes or says nothing for a while."""
    connection = socket.create_connection((network.host, int(network.port)), timeout=3 * SLOW)
    try:
        connection.sendall(sent + HEAD + b"X-Second: 1\r\nConnection: close\r\n\r\n")
        got = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return got
            got += more
    except (ConnectionError, socket.timeout):
        return got
    finally:
        connection.close()


def flow_malformed_requests(network):
    wrong = []
    for name, (sent, status) in CASES.items():
        got = ask(network, sent)
        answers = got.count(b"HTTP/1.1 ")
        said = int(got.split()[1]) if answers else None
        if b"HTTP/1.1 200" in got:
            wrong.append(f"{name}: a second request was served behind it")
        elif said not in (None, status):
            wrong.append(f"{name}: {said}, wanted {status} or a close")
    check(not wrong, "\n  ".join(["", *wrong]))
    check(network.wait(network.submit(QUICK).json["id"])["ended_as"] == "completed", "others are harmed")


def flow_half_a_request_harms_nobody(network):
    idle = [socket.create_connection((network.host, int(network.port))) for _ in range(50)]
    for connection in idle:
        connection.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: 127.")
    check(network.http("GET", "/healthz", person=None).status == 200, "others wait")
    for connection in idle:
        connection.close()
