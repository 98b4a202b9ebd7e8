"""What gunicorn serves."""

import io
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

#: More than any body that is taken: what is longer is cut here, and refused for its length.
CHUNKED_BYTES_MAX = 5 * 1024 * 1024 + 1


def with_length(inner: Application) -> Application:
    """Give chunked bodies a length: Django reads as much as Content-Length says, and they have none."""

    def outer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in environ:
            body = environ["wsgi.input"].read(CHUNKED_BYTES_MAX)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return inner(environ, start_response)

    return outer


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quantix.settings")
application = with_length(get_wsgi_application())
