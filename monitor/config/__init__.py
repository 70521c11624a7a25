"""feeds.yaml, the environment and the desk's changes, made into frozen settings.

``loading.load`` is the door; ``credentials.secrets`` is the other one, for what no file may hold.
"""
