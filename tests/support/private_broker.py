# SPDX-License-Identifier: MIT
"""For tests that let an app or the command line start a broker under a folder of the test's own (LATCHKEY_ROOT)."""
import os
import select
import signal
import socket
import struct
import subprocess

NOBODY = 65534


def as_user(*programs):
    """Arguments for subprocess: brokers, apps and hosts run as an ordinary user, nobody, when root runs the tests; but
    not where nobody may run the programs (a checkout can lie in a folder that only root enters)."""
    if os.geteuid() != 0:
        return {}
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    may_run = all(subprocess.run(["test", "-x", program], **user).returncode == 0 for program in programs)
    return user if may_run else {}


def give(folder, user):
    """The folder belongs to the one who as_user() says."""
    if user:
        os.chown(folder, user["user"], user["group"])


def end_broker(root, how=signal.SIGTERM):
    """Ends whoever listens on the private socket, and waits until it is gone. Whether there was one that ended in time."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"{root}/run/broker")
            pid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    except (FileNotFoundError, ConnectionRefusedError):
        return True
    pidfd = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(pidfd, how)
        ended = bool(select.select([pidfd], [], [], 20)[0])
        if not ended:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        return ended
    finally:
        os.close(pidfd)
