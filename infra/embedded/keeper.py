"""What if the embedded server crashes? Its supervisor starts it again, and it recovers from its log."""

import logging
import threading

from infra.embedded.binaries import EmbeddedDatabaseRefused
from infra.embedded.cluster import Cluster
from infra.embedded.server import start, stop

LOG = logging.getLogger("cxgraph")


class Keeper:
    """A server that runs until it is stopped; where it ends by itself it is started again."""

    def __init__(self, cluster: Cluster, sockets: str) -> None:
        """Start the server; raises `EmbeddedDatabaseRefused` where it does not start."""
        self._cluster = cluster
        self._sockets = sockets
        self._stopping = threading.Event()
        self._server = start(cluster, sockets)
        # The kernel stops the server when the thread that started it ends: this one outlives it.
        self._thread = threading.Thread(target=self._keep, name="embedded-postgres", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the server for good."""
        self._stopping.set()
        stop(self._server)
        self._thread.join()

    def _keep(self) -> None:
        self._server.wait()
        while not self._stopping.is_set():
            LOG.warning("the embedded PostgreSQL ended by itself (%s); starting it", self._server.returncode)
            try:
                self._server = start(self._cluster, self._sockets)
            except EmbeddedDatabaseRefused:
                LOG.exception("the embedded PostgreSQL could not be started again")
                return
            if self._stopping.is_set():
                stop(self._server)
            self._server.wait()
