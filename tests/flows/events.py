# SPDX-License-Identifier: EUPL-1.2
"""The event stream: resumes where it was, shows only what one may see."""
import http.client
import json
import os
import socket
import time

from lib import QUICK, SLOW, check, until


def read_events(network, person, after, wanted, seconds=15):
    """Events after `after` until `wanted` says enough, as (id, name, data)."""
    connection = http.client.HTTPConnection(network.host, int(network.port), timeout=seconds * SLOW)
    headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
    if person:
        headers["Authorization"] = f"Bearer {network.token(person)}"
    connection.request("GET", "/v1/events", headers=headers)
    answer = connection.getresponse()
    check(answer.status == 200, f"{answer.status}")
    events, current, deadline = [], {}, time.monotonic() + seconds * SLOW
    while time.monotonic() < deadline:
        line = answer.readline().decode().rstrip("\n").rstrip("\r")
        if line:
            name, _, value = line.partition(": ")
            current[name] = value
        elif "data" in current:
            events.append((int(current["id"]), current.get("event"), json.loads(current["data"])))
            current = {}
            if wanted(events):
                break
    connection.close()
    return events


def flow_resumes_without_gap_or_repeat(network):
    job = network.submit(QUICK).json["id"]
    network.wait(job)
    seen = read_events(network, "ana", 0, lambda events: any(name == "job.ended" and data["subject"] == job for _, name, data in events))
    ids = [number for number, _, _ in seen]
    check(ids == sorted(set(ids)), "out of order or repeated")
    middle = ids[len(ids) // 2]
    again = read_events(network, "ana", middle, lambda events: events[-1][0] >= ids[-1])
    check([number for number, _, _ in again][:len(ids)] == [number for number in ids if number > middle], "resuming loses or repeats events")


def flow_scope_holds(network):
    network.wait(network.submit(QUICK).json["id"])
    newest = network.http("GET", "/v1/status", person=None).json["events"]
    bo_job = network.submit(QUICK, person="bo", project="boreal").json["id"]
    events = read_events(network, "bo", 0, lambda events: any(data["subject"] == bo_job for _, _, data in events))
    check(newest and all("aura" not in data["scope"] for _, _, data in events), "a foreign project's event")


def flow_streams_that_were_closed_leave_nothing_behind(network):
    ask = f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {network.token('ana')}\r\n\r\n".encode()
    streams = [socket.create_connection((network.host, int(network.port))) for _ in range(60)]
    ports = {stream.getsockname()[1] for stream in streams}
    for stream in streams:
        stream.sendall(ask)
        check(stream.recv(12) == b"HTTP/1.1 200", "no stream")
    sockets = sockets_of(network, ports)
    check(len(sockets & held_by_server(network)) == 60, "the streams aren't open")
    for stream in streams:
        stream.close()
    until("the server closes them too", lambda: not sockets & held_by_server(network))


def sockets_of(network, ports):
    """The server's ends of the connections from these ports, by inode: a descriptor keeps it when the connection is long gone."""
    inodes = set()
    for line in open("/proc/net/tcp", encoding="ascii").readlines()[1:]:
        words = line.split()
        here, there = (int(address.split(":")[1], 16) for address in words[1:3])
        if here == int(network.port) and there in ports:
            inodes.add(words[9])
    return inodes


def held_by_server(network):
    folder, held = f"/proc/{network.pid('server')}/fd", set()
    for name in os.listdir(folder):
        try:
            held.add(os.readlink(f"{folder}/{name}").removeprefix("socket:[").removesuffix("]"))
        except FileNotFoundError:
            pass  # closed since the folder was listed
    return held
