"""A server with a database of its own, and a browser to look at it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# Every application of testdata ran in the night before this moment.
NOW = "2026-11-23T12:00:00Z"


class Server:
    """`shh serve` on a free port of this machine, stopped when the block ends."""

    def __init__(self, shh, database, *more, now=NOW):
        self.shh = os.path.abspath(shh)
        self.database = database
        self.more = more
        self.environment = {"HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]}
        if now:
            self.environment["SHH_NOW"] = now

    def __enter__(self):
        arguments = [self.shh, "serve", "--port", "0", "--database", self.database, *self.more]
        self.process = subprocess.Popen(
            arguments, env=self.environment, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            found = re.match(r"listening on (http://\S+)", line)
            if found:
                self.url = found.group(1).replace("127.0.0.1", "localhost")
                break
        else:
            raise AssertionError("the server did not start: " + "".join(self.said))
        threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "".join(self.said[-20:])

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def run(self, *arguments):
        """What the command line says about the same database."""
        done = subprocess.run(
            [self.shh, *arguments, "--database", self.database],
            env=self.environment, capture_output=True, text=True, timeout=120,
        )
        assert done.returncode in (0, 3), done.stderr
        return done.stdout


def ingest(shh, logs, database):
    subprocess.run(
        [os.path.abspath(shh), "ingest", "--quiet", "--log-directory", logs, "--database", database],
        env={"HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"], "SHH_NOW": NOW},
        check=False, timeout=600,
    )
    assert os.path.exists(database), f"{logs} was not ingested"


class Browser:
    """Chromium without a window. Notes what it complains of."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="shh-browser-")
        options = Options()
        for flag in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            f"--user-data-dir={self.home}", "--no-first-run", "--disable-background-networking",
        ):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.home, ignore_errors=True)

    def shape(self, width, height=900, dark=False):
        """The size of the window, and whether dark is preferred."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700},
        )
        scheme = "dark" if dark else "light"
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )

    def complaints(self):
        """What the console says, and requests to others, since the last time this was asked."""
        said = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not re.match(r"(http://localhost:\d+/|data:|about:|chrome)", url):
                    said.append(f"a request to {url}")
        return said

    def picture(self, path):
        """The whole page, from top to bottom."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1},
            },
        )
        import base64

        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))


class Checks:
    """Counts, and goes on."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def that(self, is_so, what):
        if is_so:
            self.passed += 1
        else:
            self.failed.append(what)
            print(f"FAILED: {what}", flush=True)

    def end(self):
        print(f"{self.passed} checks passed, {len(self.failed)} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
