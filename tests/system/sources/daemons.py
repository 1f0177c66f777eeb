# SPDX-License-Identifier: MIT
"""What tests against real daemons share: namespaces, a bus of their own, a program of nobody's whose lines are awaited."""
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
PATIENCE = 30  # seconds; a lost carrier takes NetworkManager about six
NOBODY = 65534
MARK = "LATCHKEY_DAEMON_TEST"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
<allow user="*"/></policy></busconfig>
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def run(command, **more):
    subprocess.run(command.split(), check=True, **more)


class Rig:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.processes, self.said = folder, [], []
        run("mount --make-rprivate /")
        # Of this network namespace, and read-only: else daemons wait for a udevd.
        run("mount -t sysfs -o ro sysfs /sys")
        run("ip link set lo up")
        (folder / "bus.conf").write_text(BUS.format(folder=folder))
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/bus"
        self.start_bus()

    def start_bus(self):
        (self.folder / "bus").unlink(missing_ok=True)
        self.bus = self.start("dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork", "--nopidfile",
                              stderr=subprocess.DEVNULL)
        self.wait_for(lambda: (self.folder / "bus").exists(), "the bus listens")

    def start(self, *words, **more):
        process = subprocess.Popen(words, **more)
        self.processes.append(process)
        return process

    def listen(self, *program):
        """Starts the program as nobody; its lines are what expect() waits for."""
        self.lines = queue.Queue()
        told = self.start("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *program,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=lambda: [self.lines.put(line.strip()) for line in told.stdout], daemon=True).start()

    def expect(self, *wanted):
        """Waits until the program has said each of these lines, in any order; what it says besides is let pass."""
        missing, end = list(wanted), time.monotonic() + PATIENCE
        while missing and time.monotonic() < end:
            try:
                line = self.lines.get(timeout=0.2)
            except queue.Empty:
                continue
            self.said.append(line)
            print("  " + line, flush=True)
            if line in missing:
                missing.remove(line)
        if missing:
            log = self.folder / "daemon.log"
            print(log.read_text()[-3000:] if log.exists() else "")
            sys.exit(f"FAILED: not told in {PATIENCE} s: {missing}; told: {self.said}")

    def wait_for(self, so, what):
        end = time.monotonic() + PATIENCE
        while not so():
            if time.monotonic() > end:
                sys.exit(f"FAILED: {what}")
            time.sleep(0.02)

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


def run_test(name, tests):
    """Runs tests[name](rig) inside namespaces of its own."""
    if os.geteuid() != 0:
        skip("needs root")
    for program in ("dbus-daemon", "ip"):
        if not shutil.which(program):
            skip(f"needs {program}")
    if not os.environ.get(MARK):
        own = ["unshare", "-n", "-m"]
        trial = "mount --make-rprivate / && ip link set lo up"
        if subprocess.run([*own, "sh", "-c", trial], stderr=subprocess.DEVNULL).returncode:
            skip("no network namespace can be made here")
        done = subprocess.run([*own, "--kill-child", "-f", sys.executable, *sys.argv], env={**os.environ, MARK: "1"})
        sys.exit(done.returncode)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        rig = Rig(pathlib.Path(folder))
        try:
            tests[name](rig)
            print("ok")
        finally:
            rig.end()
