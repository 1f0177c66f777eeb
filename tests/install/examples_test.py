#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds every example against an installed copy of Latchkey, as its README says, installs their packages and runs their
apps and tasks by a broker of its own, on a network of its own. Ends at the first thing that is not as promised."""
import argparse
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import private_machine

PACKAGES = {"agenda": ("Agenda", "agenda-app", ["systemEvent"]),
            "feed": ("FeedReader", "feed-app", ["timer"]),
            "progress": ("Progress", "progress-app", ["general"])}

parser = argparse.ArgumentParser()
for name in ("cmake", "build", "source", "cxx"):
    parser.add_argument("--" + name, required=True)
given = parser.parse_args()
private_machine.enter()


def run(*command) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


def build_all(scratch, prefix):
    examples = pathlib.Path(given.source) / "examples"
    folders = {path.parent.name for path in examples.glob("*/CMakeLists.txt")}
    # The smallest one is built by install.readme_sessions.
    check(folders == {"minimal-task", *PACKAGES}, f"this test knows every example {sorted(folders)}")
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    for name, (package, app, types) in PACKAGES.items():
        work = scratch / name
        run(given.cmake, "-S", examples / name, "-B", work, *generator, f"-DCMAKE_CXX_COMPILER={given.cxx}",
            "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -Wall -Wextra -Werror", f"-DCMAKE_PREFIX_PATH={prefix}")
        run(given.cmake, "--build", work, "-j", "2")
        check((work / package / app).exists() and (work / f"{package}.appx").exists(), f"{name} makes its package")
        answer = json.loads(run(prefix / "bin/latchkey", "manifest", "check", work / f"{package}.appx", "--json"))
        manifest = answer["manifests"][0]["manifest"]
        declared = [task["types"] for task in manifest["applications"][0]["tasks"]]
        check(declared == [types], f"{name} declares its task {declared}")
        check("warning" not in run(prefix / "bin/latchkey", "manifest", "check", work / package), f"{name}: no warnings")


class Feed(http.server.BaseHTTPRequestHandler):
    asked, unchanged, broken = 0, 0, False
    TAG, BODY = '"one"', b"<rss><title>News</title><item><title>Second</title></item><item><title>First</title></item></rss>"

    def do_GET(self):
        Feed.asked += 1
        known = self.headers["If-None-Match"] == self.TAG
        Feed.unchanged += known
        self.send_response(500 if Feed.broken else 304 if known else 200)
        self.send_header("ETag", self.TAG)
        body = b"" if known or Feed.broken else self.BODY
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def why(machine, task):
    return json.loads(machine.latchkey("why", task, "--json"))


def run_feed(machine, package):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    machine.latchkey("install", package, "--allow")
    said = machine.latchkey("launch", "Latchkey.FeedReader", f"http://127.0.0.1:{server.server_port}/feed")
    check("registered FetchTask" in said, f"feed: its app registers the task: {said.strip()}")
    machine.until(lambda: why(machine, "FetchTask")["state"] == "latched", "the time comes, and there is no network")
    check(Feed.asked == 0, "feed: nothing is fetched without the Internet")
    machine.plug_in()
    machine.until(lambda: "1. Second" in machine.latchkey("launch", "Latchkey.FeedReader"), "the titles are fetched")
    check("2. First" in machine.latchkey("launch", "Latchkey.FeedReader"), "feed: its app shows what was fetched")
    machine.until(lambda: Feed.unchanged > 0, "the feed is asked for again, and told that it is known")
    Feed.broken = True
    machine.until(lambda: why(machine, "FetchTask")["last_result"] == "0x80072efd", "a failure becomes the result")
    runs = json.dumps(why(machine, "FetchTask")["runs"])
    check("error: 500" in runs, f"feed: its text says what happened {runs}")
    machine.latchkey("remove", "Latchkey.FeedReader", "--data")
    server.shutdown()


def run_agenda(machine, package):
    machine.latchkey("install", package, "--allow")
    check("registered Example" in machine.latchkey("launch", "Latchkey.Agenda"), "agenda: its app registers the task")
    check("has not run" in machine.latchkey("launch", "Latchkey.Agenda", "--wait", "1"), "agenda: and finds it again")
    machine.choose_zone("Asia/Tokyo")
    machine.until(lambda: why(machine, "ExampleBackgroundTask")["last_result"] and
                  why(machine, "ExampleBackgroundTask")["last_end_us"], "the task runs")
    said = machine.latchkey("launch", "Latchkey.Agenda")
    check("completed: 5 of 5 appointments are now in JST" in said, f"agenda: its app gets the completion: {said.strip()}")
    machine.latchkey("remove", "Latchkey.Agenda", "--data")


def run_progress(machine, package):
    machine.latchkey("install", package, "--allow")
    said = machine.latchkey("launch", "Latchkey.Progress")
    found = re.search(r"completed: progress 100000 in (\d+) updates", said)
    check(found and int(found[1]) >= 1, f"progress: the last of 100,000 updates arrives: {said.strip()}")
    said = machine.latchkey("launch", "Latchkey.Progress", "--pause", "20", "--cancel-at", "30")
    found = re.search(r"cancelled: stopped at (\d+)", said)
    check(found and 30000 <= int(found[1]) < 100000, f"progress: a cancelled task keeps what it has: {said.strip()}")
    machine.latchkey("remove", "Latchkey.Progress", "--data")


with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    prefix = scratch / "prefix"
    run(given.cmake, "--install", given.build, "--prefix", prefix)
    build_all(scratch, prefix)
    (scratch / "machine").mkdir()
    scratch.chmod(0o755)
    machine = private_machine.Machine(scratch / "machine", prefix)
    machine.policy('[time]\nfreshness-unit = "100 ms"\nfreshness-floor = "1 s"\ntimer-grid = "1 s"\n')
    try:
        run_feed(machine, scratch / "feed/FeedReader.appx")
        run_agenda(machine, scratch / "agenda/Agenda.appx")
        run_progress(machine, scratch / "progress/Progress.appx")
    finally:
        machine.kill()
