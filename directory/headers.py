"""What every answer tells a browser about itself, whoever made it: page, problem, file, fault.

Sources of the rules: CSP Level 3; Fetch, "Cross-Origin-Resource-Policy"; RFC 6797 (HSTS), whose 7.2
forbids the header over plain HTTP; OWASP ASVS 5.0, V3.4.
"""

from collections.abc import Iterable

Header = tuple[bytes, bytes]

# A page loads what is ours by name of its kind; what has no kind here is not loaded at all.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Data and files are no pages: opened by themselves they load nothing and run nothing.
DATA_POLICY = (
    "default-src 'none'; form-action 'none'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
}
# a year (ASVS 3.4.1), for what stands below this host as well
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"

_ALWAYS = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]


def encrypted(scheme: str, headers: Iterable[Header]) -> bool:
    """Whether the browser speaks https, to us or to the proxy before us. Who lies here about it
    has a cookie that is not sent, and nothing more."""
    told = next((value for name, value in headers if name == b"x-forwarded-proto"), b"")
    return scheme == "https" or told.strip().lower() == b"https"


def strictly(scheme: str, headers: Iterable[Header]) -> bool:
    """Whether this host is to be asked by https alone from now on. Never of localhost: a browser
    would hold every other server on its own machine to it."""
    asked = list(headers)
    host = next((value for name, value in asked if name == b"host"), b"").partition(b":")[0]
    return host != b"localhost" and encrypted(scheme, asked)


def guarded(told: Iterable[Header], secure: bool) -> list[Header]:
    """An answer's own headers and, of those above, what it does not say itself. ``secure``: as
    :func:`strictly` has it."""
    given = list(told)
    own = {name.lower(): value for name, value in given}
    page = own.get(b"content-type", b"").lower().startswith(b"text/html")
    wanted = [
        (b"content-security-policy", (PAGE_POLICY if page else DATA_POLICY).encode()),
        *_ALWAYS,
        *([(b"strict-transport-security", STRICT_TRANSPORT.encode())] if secure else []),
    ]
    return [*given, *((name, value) for name, value in wanted if name not in own)]
