"""The native ASGI shell around Django: one process and port for pages (in threads) and event streams (on the loop).

Nothing in here imports Django or a model; `config/asgi.py` and `config/live.py` put the pieces together.
"""
