"""A process that has imported the heavy libraries and forks a Jupyter kernel for each page.

``python -m mgai_book.fork_server SOCKET MODULE...``. It has one thread, never imports ``mgai`` (an edit would go
unseen) and never touches CUDA (its children could not use it). :func:`serving` starts and ends it.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mgai_book.layout import BookError

KERNEL = "mgai-forked"
FOLDER = "mgai-fork-"
#: What every kernel imports when it starts, and what nearly every page does.
PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "encodings.idna",
    "psutil",
    "tornado.platform.asyncio",
    "torch",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
)
#: What is imported beforehand only if a page to be executed reaches it.
PRELOADED_IF_USED = ("jaxtyping", "networkx", "scipy.linalg", "scipy.stats", "sympy")


def wanted(imported: set[str]) -> list[str]:
    """What to import before forking for pages that may import these names (``import sympy`` reaches ``sympy``).

    >>> wanted({"sympy.core", "scipy"})[-1], "scipy.stats" in wanted({"sympy.core", "scipy"})
    ('sympy', False)
    """
    used = [name for name in PRELOADED_IF_USED if any(f"{each}.".startswith(f"{name}.") for each in imported)]
    return [*PRELOADED, *used]


def supported() -> bool:
    """Whether kernels can be forked here (Unix sockets that pass descriptors, and fork)."""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and hasattr(socket, "CMSG_LEN")


@contextlib.contextmanager
def serving(modules: Iterable[str] = PRELOADED, meanwhile: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Run a fork server for the duration of a block; gives the name of its kernelspec.

    ``modules`` are imported before it forks; ``meanwhile`` is called here while it does so.
    """
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
        address = str(Path(folder, "socket"))
        spec = Path(folder, "kernels", KERNEL)
        spec.mkdir(parents=True)
        client = str(Path(__file__).with_name("fork_client.py"))
        argv = [sys.executable, "-S", "-E", client, address, "{connection_file}"]
        spec.joinpath("kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": "Python 3 (forked)", "language": "python"})
        )
        command = [sys.executable, "-m", "mgai_book.fork_server", address, *modules]
        environment = dict(
            os.environ, OMP_NUM_THREADS="1", MPLBACKEND="module://matplotlib_inline.backend_inline",
            PYDEVD_DISABLE_FILE_VALIDATION="1", MATPLOTLIBRC=os.devnull,
        )  # fmt: skip
        # A session of its own: Ctrl-C is for the build, which ends the server.
        server = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=folder, start_new_session=True)
        before = os.environ.get("JUPYTER_PATH")
        try:
            meanwhile()
            if server.stdout.readline() != b"ready\n":
                raise BookError(f"the process that forks kernels ended with {server.wait()} before it was ready")
            os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [folder, before]))
            yield KERNEL
        finally:
            if before is None:
                os.environ.pop("JUPYTER_PATH", None)
            else:
                os.environ["JUPYTER_PATH"] = before
            server.terminate()
            server.wait()
            server.stdout.close()


class Server:
    """Accepts requests, forks kernels, reports how each ended."""

    def __init__(self, address: str, made: dict[str, str]) -> None:
        self.made = made
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(Path(address).name)  # its folder is the working one: sockets take short paths only
        self.listener.listen(64)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.kernels: dict[int, socket.socket] = {}
        self.parent = os.getppid()

    def run(self) -> None:
        wake, self.waker = socket.socketpair()
        wake.setblocking(False)
        self.waker.setblocking(False)
        self.wake = wake
        signal.set_wakeup_fd(self.waker.fileno())
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGTERM, lambda number, frame: self.end())
        self.selector.register(wake, selectors.EVENT_READ)
        while os.getppid() == self.parent:  # else the build was killed
            for key, _ in self.selector.select(timeout=2):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj is wake:
                    wake.recv(4096)
                else:
                    self.forsake(key.fileobj)
            self.reap()
        self.kill()

    def accept(self) -> None:
        connection, _ = self.listener.accept()
        try:
            head, ancillary, *_ = connection.recvmsg(8, socket.CMSG_LEN(3 * array.array("i").itemsize))
        except OSError:  # it was killed
            head, ancillary = b"", []
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
        pid = None
        with contextlib.suppress(ValueError, OSError):  # the stand-in was killed, or nothing more can be forked
            request = json.loads(_receive(connection, int.from_bytes(head, "big")))
            pid = os.fork()
        if pid == 0:
            self._become_kernel(connection, request, list(descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        if pid is None:
            connection.close()
            return
        self.kernels[pid] = connection
        self.selector.register(connection, selectors.EVENT_READ)
        with contextlib.suppress(OSError):  # it was killed just now: the selector says so
            connection.sendall(f"{pid}\n".encode())

    def reap(self) -> None:
        """Tell the stand-ins of ended kernels how they ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                connection = self.kernels.pop(pid, None)
                if connection is not None:
                    self.selector.unregister(connection)
                    with contextlib.suppress(OSError):
                        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
                    connection.close()

    def forsake(self, connection: socket.socket) -> None:
        """The stand-in is gone (it was killed): its kernel must not stay behind."""
        for pid, known in list(self.kernels.items()):
            if known is connection:
                self.selector.unregister(connection)
                connection.close()
                del self.kernels[pid]
                os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        for pid in self.kernels:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        self.kill()
        os._exit(0)

    def _become_kernel(self, connection: socket.socket, request: dict, descriptors: list[int]) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        for left in (self.listener, self.wake, self.waker, connection, *self.kernels.values()):
            left.close()
        self.selector.close()
        os.setsid()
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
            os.close(descriptor)
        status = 1
        try:
            start_kernel(request, self.made)
            status = 0
        finally:
            os._exit(status)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("the stand-in of a kernel went away")
        received += part
    return received


def start_kernel(request: dict, made: dict[str, str]) -> None:
    """Be a kernel: the state of a fresh start, except that libraries are imported already.

    ``made``: the environment variables that importing them set, as it would now.
    """
    import matplotlib
    import numpy
    import torch
    from ipykernel.kernelapp import IPKernelApp

    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", buffering=1, closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    os.environ.clear()
    os.environ.update({**request["environment"], **made})
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    os.chdir(request["folder"])
    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # what importing it now would do
    # As at a fresh start: numbers that no seed fixes differ from page to page.
    numpy.random.seed()  # noqa: NPY002
    torch.default_generator.seed()  # the CPU's only: CUDA must not be touched before the page does
    sys.argv = ["ipykernel_launcher", "-f", request["connection_file"]]
    application = IPKernelApp.instance(parent_handle=os.getppid(), log_level=40)
    application.initialize(["-f", request["connection_file"], "--HistoryManager.enabled=False"])
    application.start()


def serve(address: str, modules: list[str]) -> None:
    before = dict(os.environ)
    gc.disable()  # it would look through what is imported over and over: a fifth of the time
    for name in modules:
        with contextlib.suppress(Exception):  # the page that needs it says so itself
            importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # put there by ``python -m``; a stock kernel has none of it
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector does not write to it
    gc.enable()
    made = {name: value for name, value in os.environ.items() if before.get(name) != value}
    server = Server(address, made)
    with contextlib.suppress(BrokenPipeError):  # the build is gone already
        print("ready", flush=True)
        server.run()
    folder = Path(address).parent
    if folder.name.startswith(FOLDER):  # made by a build that was killed, which can no longer remove it
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
