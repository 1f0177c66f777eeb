#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real NetworkManager in a network namespace of its own, on a bus of its own: what the network source makes of it.
Needs root for the namespaces and the daemon; the program under test runs as nobody."""
import argparse
import ctypes
import http.server
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
PATIENCE = 30  # seconds; a lost carrier takes NetworkManager about six
NOBODY = 65534

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--program", required=True)
options.add_argument("--daemons", type=pathlib.Path, required=True)
options.add_argument("--inside", action="store_true")
options.add_argument("test")
given = options.parse_args()


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def find_daemon():
    for path in (given.daemons / "usr/sbin/NetworkManager", pathlib.Path("/usr/sbin/NetworkManager")):
        if path.exists():
            return path
    skip("NetworkManager is not there; ./check --system unpacks it")


def run(command, **more):
    subprocess.run(command.split(), check=True, **more)


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
<allow user="*"/></policy></busconfig>
"""
MANAGER = """[main]
plugins=keyfile
dhcp=internal
dns=none
rc-manager=unmanaged
no-auto-default=*
auth-polkit=false
[keyfile]
path={folder}/profiles
unmanaged-devices=interface-name:own*
[connectivity]
enabled=true
uri=http://192.0.2.2:8099/check
interval=1
response=ONLINE
[device-all]
match-device=interface-name:cable*
managed=1
"""
PROFILE = """[connection]
id={name}
type=ethernet
interface-name={name}
metered={metered}
[ipv4]
method=manual
address1={address}/24,{gateway}
route-metric={metric}
[ipv6]
method=disabled
"""


class Rig:
    """The machine: a cable with a server at its other end, a bus, and NetworkManager when it is started."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.processes, self.mode = folder, [], "ok"
        run("mount --make-rprivate /")
        # Of this network namespace, and read-only: else NetworkManager waits for a udevd.
        run("mount -t sysfs -o ro sysfs /sys")
        run("ip link set lo up")
        self.wall = self.serve()
        for name, peer, server in (("cable0", "wall0", "192.0.2.2"), ("cable1", "wall1", "198.51.100.2")):
            run(f"ip link add {name} type veth peer name {peer} netns {self.wall.pid}")
            self.at_wall(f"ip addr add {server}/24 dev {peer}")
            self.at_wall(f"ip link set {peer} up")
        (folder / "bus.conf").write_text(BUS.format(folder=folder))
        self.start("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile")
        self.wait_for(lambda: (folder / "bus").exists(), "the bus listens")
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/bus"

    def at_wall(self, command):
        run(f"nsenter -t {self.wall.pid} -n {command}")

    def serve(self):
        (self.folder / "mode").write_text("ok")
        server = subprocess.Popen(["unshare", "-n", sys.executable, __file__, "--program", "-", "--daemons", "-", "serve"],
                                  env={**os.environ, "MODE": str(self.folder / "mode")}, stdout=subprocess.PIPE, text=True)
        self.processes.append(server)
        assert server.stdout.readline() == "ready\n"
        return server

    def start(self, *words, **more):
        process = subprocess.Popen(words, **more)
        self.processes.append(process)
        return process

    def start_manager(self, cables=("cable0", "cable1")):
        folder = self.folder
        for name in ("profiles", "none", "state"):
            (folder / name).mkdir()
        (folder / "manager.conf").write_text(MANAGER.format(folder=folder))
        for name, metered, address, gateway, metric in (("cable0", 2, "192.0.2.1", "192.0.2.2", 100),
                                                        ("cable1", 1, "198.51.100.1", "198.51.100.2", 50)):
            if name not in cables:
                continue
            path = folder / "profiles" / f"{name}.nmconnection"
            path.write_text(PROFILE.format(name=name, metered=metered, address=address, gateway=gateway, metric=metric))
            path.chmod(0o600)
        library = given.daemons / "usr/lib/x86_64-linux-gnu"
        libraries = ":".join(map(str, (given.daemons / "usr/lib").glob("*-linux-gnu"))) or str(library)
        log = open(folder / "manager.log", "w")
        self.manager = self.start(
            str(find_daemon()), "--no-daemon", f"--config={folder}/manager.conf", f"--config-dir={folder}/none",
            f"--system-config-dir={folder}/none", f"--pid-file={folder}/manager.pid", f"--state-file={folder}/state/state",
            f"--intern-config={folder}/state/intern.conf", env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=log, stderr=log)

    def listen(self):
        self.lines = queue.Queue()
        self.said = []
        self.program = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", given.program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes.append(self.program)
        threading.Thread(target=lambda: [self.lines.put(line.strip()) for line in self.program.stdout], daemon=True).start()

    def expect(self, line):
        """Waits until the program has said it; everything said before is used up."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.said.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            print("  " + self.said[-1], flush=True)
            if self.said[-1] == line:
                return
        print((self.folder / "manager.log").read_text()[-3000:] if (self.folder / "manager.log").exists() else "")
        sys.exit(f"FAILED: not told in {PATIENCE} s: {line}; told: {self.said}")

    def wait_for(self, so, what):
        end = time.monotonic() + PATIENCE
        while not so():
            if time.monotonic() > end:
                sys.exit(f"FAILED: {what}")
            time.sleep(0.02)

    def answer(self, mode):
        (self.folder / "mode").write_text(mode)

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


def IsBelievedAboutTheInternetAndItsCost(rig):
    rig.at_wall("ip link set wall1 down")
    rig.start_manager()
    rig.listen()
    rig.expect("Internet is true (NetworkManager)")
    rig.expect("FreeNetwork is true (NetworkManager)")
    rig.answer("portal")  # a login page in its place
    rig.expect("Internet is false (NetworkManager)")
    rig.expect("InternetNotAvailable fired")
    rig.answer("ok")
    rig.expect("Internet is true (NetworkManager)")
    rig.expect("InternetAvailable fired")
    rig.expect("NetworkStateChange fired") if "NetworkStateChange fired" not in rig.said else None
    rig.at_wall("ip link set wall1 up")  # metered, with a better metric
    rig.expect("FreeNetwork is false (NetworkManager)")
    rig.expect("NetworkStateChange fired")


def IsNotBelievedOverARouteThatItDoesNotManage(rig):
    rig.start_manager(cables=())
    rig.listen()
    rig.expect("Internet is false (NetworkManager)")
    run("ip link add own0 type veth peer name own1")
    run("ip addr add 203.0.113.1/24 dev own0")
    run("ip link set own1 up")
    run("ip link set own0 up")
    run("ip route add default via 203.0.113.2 dev own0")
    rig.expect("Internet is true (default route; NetworkManager manages no connection)")
    rig.expect("InternetAvailable fired")


def LeavesTheKernelsRoutesBehindWhenItDies(rig):
    rig.start_manager(cables=("cable0",))
    rig.listen()
    rig.expect("Internet is true (NetworkManager)")
    rig.manager.send_signal(signal.SIGKILL)
    rig.expect("Internet is true (default route)")
    rig.at_wall("ip link set wall0 down")
    rig.expect("Internet is false (default route)")
    rig.expect("InternetNotAvailable fired")


class Check(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"ONLINE" if pathlib.Path(os.environ["MODE"]).read_text() == "ok" else b"<html>please log in</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 8099), Check)
    print("ready", flush=True)
    server.serve_forever()


def main():
    if given.test == "serve":
        serve()
    if os.geteuid() != 0:
        skip("needs root")
    if not shutil.which("dbus-daemon") or not shutil.which("ip"):
        skip("needs dbus-daemon and ip")
    find_daemon()
    if not given.inside:
        if subprocess.run(["unshare", "-n", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
            skip("no network namespace can be made here")
        done = subprocess.run(["unshare", "-n", "-m", "--kill-child", "-f", sys.executable, *sys.argv, "--inside"])
        sys.exit(done.returncode)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        rig = Rig(pathlib.Path(folder))
        try:
            globals()[given.test](rig)
            print("ok")
        finally:
            rig.end()


main()
