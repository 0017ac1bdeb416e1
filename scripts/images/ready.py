"""The health check of an image: /readyz of the service beside it, and what it lacks."""

import http.client
import sys


def main() -> int:
    """0 if the port answers with 200; what else it answers is for `docker inspect` to show."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=3)
    try:
        connection.request("GET", sys.argv[2] if len(sys.argv) > 2 else "/readyz")  # noqa: PLR2004
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        text = str(error) or type(error).__name__
        sys.stdout.write(text[:500])
        return 1
    sys.stdout.write(text[:500])
    return 0 if answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
