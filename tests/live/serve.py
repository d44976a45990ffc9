"""Serves moto on a free loopback port, prints its URL, and stops when stdin is closed: when whoever started it is gone."""

import logging
import sys

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

# Without this it tells at length, for every request, of what it has not got.
logging.disable(logging.CRITICAL)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
sys.stdin.read()
