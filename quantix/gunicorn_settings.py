"""How gunicorn serves Quantix; each number comes from the environment."""

import os
from pathlib import Path

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# Workers show that they live by touching a file: on a disk a busy moment would look like death.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
graceful_timeout = 5
keepalive = 5
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
# One per home folder: two sites of one user would take it from each other.
control_socket_disable = True
