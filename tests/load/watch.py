"""What the server takes, from /proc, second by second."""

import os
import statistics
import threading
import time


def sample(pid):
    """Memory in MiB, descriptors, threads."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        values = dict(line.split(":", 1) for line in status if ":" in line)
    memory = int(values["VmRSS"].split()[0]) / 1024
    return memory, len(os.listdir(f"/proc/{pid}/fd")), int(values["Threads"])


class Watch(threading.Thread):
    def __init__(self, pid, ends):
        super().__init__(daemon=True)
        self.pid, self.ends, self.samples = pid, ends, []

    def run(self):
        while time.time() < self.ends:
            self.samples.append(sample(self.pid))
            time.sleep(1)

    def quarter(self, number, what):
        """The median of a quarter of the time."""
        length = len(self.samples) // 4
        return statistics.median(sample[what] for sample in self.samples[number * length:(number + 1) * length])

    def most(self, what):
        return max(sample[what] for sample in self.samples)
