"""How gunicorn serves Quantix; each number comes from the environment."""

from pathlib import Path

from quantix import environment

bind = f"{environment.text('BIND', '127.0.0.1')}:{environment.number('PORT', 8000)}"
workers = environment.number("WEB_CONCURRENCY", 2, least=1)
threads = environment.number("WEB_THREADS", 4, least=1)
worker_class = "quantix.gunicorn_worker.Worker"
# Workers show that they live by touching a file: on a disk a busy moment would look like death.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
graceful_timeout = 5
keepalive = 5
loglevel = environment.choice(
    "GUNICORN_LOG_LEVEL", "warning", ("debug", "info", "warning", "error", "critical")
)
# One per home folder: two sites of one user would take it from each other.
control_socket_disable = True
