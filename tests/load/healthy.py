"""Clients that behave: each keeps a connection, asks for what is listed, and waits a little. Their times are the verdict."""

import http.client
import random
import threading
import time

CLIENTS = 8
PAUSE_S = 0.03
TICK_S = 0.005


class Hiccups(threading.Thread):
    """When this process itself was kept waiting: a request's time then says nothing about the server."""

    def __init__(self, ends):
        super().__init__(daemon=True)
        self.ends, self.spans = ends, []

    def run(self):
        last = time.perf_counter()
        while time.time() < self.ends:
            time.sleep(TICK_S)
            now = time.perf_counter()
            if now - last > 4 * TICK_S:
                self.spans.append((last, now))
            last = now

    def within(self, began, ended):
        return sum(max(0.0, min(ended, until) - max(began, since)) for since, until in self.spans)


def client(port, paths, ends, seed, out):
    rng = random.Random(seed)
    connection = None
    tags = {}
    while time.time() < ends:
        path, expected = rng.choice(paths)
        headers = {"Host": "localhost"}
        if rng.random() < 0.5:
            headers["Accept-Encoding"] = "gzip"
        if path in tags and rng.random() < 0.3:
            headers["If-None-Match"] = tags[path]
        began = time.perf_counter()
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
            if tag := answer.getheader("ETag"):
                tags[path] = tag
            if answer.will_close:
                connection.close()
                connection = None
        except (http.client.HTTPException, OSError) as error:
            status = f"{type(error).__name__}: {error}"
            connection.close()
            connection = None
        ended = time.perf_counter()
        is_right = status == expected or status == 304 and "If-None-Match" in headers
        out.append((path, None if is_right else f"{status} for {expected}", began, ended))
        time.sleep(PAUSE_S)


def run(port, paths, ends, stall_s, queue):
    """Paths with the status that each has; puts what was measured into the queue."""
    hiccups = Hiccups(ends)
    hiccups.start()
    asked = []
    clients = [threading.Thread(target=client, args=(port, paths, ends, seed, asked)) for seed in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    times = sorted(ended - began for _, _, began, ended in asked)
    stalls, discounted = [], 0
    for path, _, began, ended in asked:
        if ended - began > stall_s:
            own = hiccups.within(began, ended)
            if ended - began - own > stall_s:
                stalls.append((path, ended - began, own))
            else:
                discounted += 1
    queue.put({
        "requests": len(asked),
        "p50": times[len(times) // 2],
        "p99": times[len(times) * 99 // 100],
        "max": times[-1],
        "errors": [f"{path}: {wrong}" for path, wrong, _, _ in asked if wrong],
        "stalls": stalls,
        "discounted": discounted,
        "own": max((until - since for since, until in hiccups.spans), default=0.0),
    })
