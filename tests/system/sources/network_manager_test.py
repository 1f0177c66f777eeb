#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real NetworkManager in a network namespace of its own, on a bus of its own: what the network source makes of it.
Needs root for the namespaces and the daemon; the program under test runs as nobody."""
import argparse
import http.server
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import daemons
from daemons import run, skip

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--program", required=True)
options.add_argument("--daemons", type=pathlib.Path, required=True)
options.add_argument("test")
given = options.parse_args()


def find_daemon():
    for path in (given.daemons / "usr/sbin/NetworkManager", pathlib.Path("/usr/sbin/NetworkManager")):
        if path.exists():
            return path
    skip("NetworkManager is not there; ./check --system unpacks it")


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


class Machine:
    """Two cables with servers at their other ends, and NetworkManager when it is started."""

    def __init__(self, rig):
        self.rig, self.folder = rig, rig.folder
        self.answer("ok")
        self.wall = rig.start("unshare", "-n", sys.executable, __file__, "--program", "-", "--daemons", "-", "serve",
                              env={**os.environ, "MODE": str(self.folder / "mode")}, stdout=subprocess.PIPE, text=True)
        assert self.wall.stdout.readline() == "ready\n"
        for name, peer, server in (("cable0", "wall0", "192.0.2.2"), ("cable1", "wall1", "198.51.100.2")):
            run(f"ip link add {name} type veth peer name {peer} netns {self.wall.pid}")
            self.at_wall(f"ip addr add {server}/24 dev {peer}")
            self.at_wall(f"ip link set {peer} up")

    def at_wall(self, command):
        run(f"nsenter -t {self.wall.pid} -n {command}")

    def answer(self, mode):
        (self.folder / "mode").write_text(mode)

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
        log = open(folder / "daemon.log", "w")
        self.manager = self.rig.start(
            str(find_daemon()), "--no-daemon", f"--config={folder}/manager.conf", f"--config-dir={folder}/none",
            f"--system-config-dir={folder}/none", f"--pid-file={folder}/manager.pid", f"--state-file={folder}/state/state",
            f"--intern-config={folder}/state/intern.conf", env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=log, stderr=log)


def IsBelievedAboutTheInternetAndItsCost(rig):
    machine = Machine(rig)
    machine.at_wall("ip link set wall1 down")
    machine.start_manager()
    rig.listen(given.program, "network")
    rig.expect("Internet is true (NetworkManager)")
    rig.expect("FreeNetwork is true (NetworkManager)")
    machine.answer("portal")  # a login page in its place
    rig.expect("Internet is false (NetworkManager)")
    rig.expect("InternetNotAvailable fired")
    machine.answer("ok")
    rig.expect("Internet is true (NetworkManager)", "InternetAvailable fired")
    machine.at_wall("ip link set wall1 up")  # metered, with a better metric
    rig.expect("FreeNetwork is false (NetworkManager)", "NetworkStateChange fired")


def IsNotBelievedOverARouteThatItDoesNotManage(rig):
    machine = Machine(rig)
    machine.start_manager(cables=())
    rig.listen(given.program, "network")
    rig.expect("Internet is false (NetworkManager)")
    run("ip link add own0 type veth peer name own1")
    run("ip addr add 203.0.113.1/24 dev own0")
    run("ip link set own1 up")
    run("ip link set own0 up")
    run("ip route add default via 203.0.113.2 dev own0")
    rig.expect("Internet is true (default route; NetworkManager manages no connection)")
    rig.expect("InternetAvailable fired")


def LeavesTheKernelsRoutesBehindWhenItDies(rig):
    machine = Machine(rig)
    machine.start_manager(cables=("cable0",))
    rig.listen(given.program, "network")
    rig.expect("Internet is true (NetworkManager)")
    machine.manager.send_signal(signal.SIGKILL)
    rig.expect("Internet is true (default route)")
    machine.at_wall("ip link set wall0 down")
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


if given.test == "serve":
    serve()
find_daemon()
daemons.run_test(given.test, globals())
