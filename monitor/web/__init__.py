"""The review desk: pages made on the server, that need no script and load nothing from outside.

It imports nothing: ``torkham search`` and ``why`` share the desk's words and need no server.
"""
