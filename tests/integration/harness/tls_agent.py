"""The user agent over TLS: it connects, and takes connections where its Contact says.

    phone = TcpPhone("1001", address, server, agent=tls_agent(certificate, key, ca))

The server's certificate must be of `ca` and for the server's address.
"""
import ssl

from harness.tcp_agent import TcpAgent


def contexts(certificate, key, ca):
    """Of a client and of a server; without a certificate they show none."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(ca)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for context in (client, server):
        if certificate:
            context.load_cert_chain(certificate, key)
    return client, server


def tls_agent(certificate, key, ca):
    """The class of agents with that certificate."""
    client, server = contexts(certificate, key, ca)
    return type("TlsAgent", (_TlsAgent,), {"client": client, "acceptor": server})


class _TlsAgent(TcpAgent):
    transport, parameter, reliable = "TLS", ";transport=tls", True

    def _add(self, connection):
        """Of a connection that is no TLS, or not the server's, nothing comes: OSError, and the next attempt."""
        connection.settimeout(2)
        try:
            if connection.getsockname()[1] == self.port:
                connection = self.acceptor.wrap_socket(connection, server_side=True)
            else:
                connection = self.client.wrap_socket(connection, server_hostname=self.server[0])
        except OSError:
            connection.close()
            raise
        return super()._add(connection)

    def _poll(self, seconds):
        for number, _ in self._epoll.poll(seconds):
            if number == self._listener.fileno():
                self._accept()
            elif number in self._buffers:
                self._read_all(*self._buffers[number])

    def _accept(self):
        connection = self._listener.accept()[0]
        try:
            self._add(connection)
        except OSError:
            pass

    def _read_all(self, connection, buffer):
        """What TLS has taken off the socket wakes nobody."""
        self._read(connection, buffer)
        while connection.fileno() in self._buffers and connection.pending():
            self._read(connection, buffer)
