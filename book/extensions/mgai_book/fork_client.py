"""Stands for one forked kernel: asks the fork server for it, forwards signals, ends as it ends.

Jupyter starts this file like any kernel (``fork_client.py SOCKET CONNECTION_FILE``). It uses the
standard library only, so that it starts in milliseconds.
"""

import array
import json
import os
import signal
import socket
import sys


def main(address, connection_file):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        kernel, answers = ask(server, address, connection_file)
    except (OSError, ValueError):
        sys.exit("the process that forks kernels has ended, or can fork no more")

    def forward(number, frame):
        try:  # noqa: SIM105 (importing contextlib would take longer than all else here)
            os.kill(kernel, number)
        except ProcessLookupError:  # it has ended, and the server is about to say how
            pass

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    ended = int(answers.readline() or 1)  # no answer: the server is gone
    if ended < 0:  # the kernel died of a signal: so does its stand-in, and Jupyter sees which
        signal.signal(-ended, signal.SIG_DFL) if -ended not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -ended)
    sys.exit(ended)


def ask(server, address, connection_file):
    """The forked kernel's process, and where the server will say how it ended."""
    request = {"connection_file": connection_file, "folder": os.getcwd(), "environment": dict(os.environ)}
    os.chdir(os.path.dirname(address))
    server.connect(os.path.basename(address))  # sockets take short paths only
    message = json.dumps(request).encode()
    descriptors = array.array("i", [0, 1, 2])
    server.sendmsg([len(message).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    server.sendall(message)
    answers = server.makefile("r")
    return int(answers.readline()), answers


if __name__ == "__main__":
    main(*sys.argv[1:])
