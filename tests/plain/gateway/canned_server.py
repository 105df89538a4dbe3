"""A server that answers with prepared bytes and remembers what it was asked."""

import json
import socket
import threading


class CannedServer:
    """Each request takes the next answer: bytes, or a function of the socket.

    The connection is closed after each answer, so that an answer may be cut
    anywhere. ``requests`` holds (first line, headers, body) of each request.
    """

    def __init__(self):
        self.answers = []
        self.requests = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc_info):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def add(self, *answers):
        self.answers.extend(answers)

    def add_json(self, *values, status="200 OK", headers=()):
        for value in values:
            self.add(build_answer(json.dumps(value).encode(), status, headers))

    def _serve(self):
        while True:
            try:
                connection, _peer = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, body = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        self.requests.append((first, headers, body))
        answer = self.answers.pop(0)
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)


def build_answer(body, status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
