import base64, hashlib, hmac, time


def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether `body` (as it came, before it is parsed) was sent by Quantix in the last five minutes."""
    name, at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    ours = "v1," + base64.b64encode(mac).decode()
    return any(hmac.compare_digest(ours, given) for given in headers["webhook-signature"].split())
