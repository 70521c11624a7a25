"""The review desk: pages made on the server, that need no script and load nothing from outside."""

from monitor.web.desk import Desk
from monitor.web.server import Serving, check_binding, create, serve

__all__ = ["Desk", "Serving", "check_binding", "create", "serve"]
