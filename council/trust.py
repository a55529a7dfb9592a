"""The plain page that leads a tablet through trusting this machine's certificate, and nothing else.

It must be plain HTTP: the tablet does not trust the machine yet. It serves a page of words, the public certificate in
two forms, and the styles of the page; no sign-in, no data. The fingerprint on it can be compared with the one on the
server's own screen.
"""

import plistlib
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.template.loader import render_to_string

from council import tls

CERTIFICATE = "/nghi-truong.crt"
PROFILE = "/nghi-truong.mobileconfig"
STYLES = (
    "css/tokens.css",
    "css/reset.css",
    "css/fonts.css",
    "css/base.css",
    "css/parts/button.css",
    "css/pages/trust.css",
)
TYPES = {".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".ttf": "font/ttf"}

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Answer:
    content_type: str
    body: bytes
    file_name: str = ""


def profile(certificate: x509.Certificate) -> bytes:
    """The certificate as a configuration profile, the form that an iPad installs with one tap."""
    der = certificate.public_bytes(Encoding.DER)
    number = f"{certificate.serial_number:x}"
    name = certificate.subject.rfc4514_string().removeprefix("CN=")
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"vn.nghi-truong.ca.{number}",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, number)),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "nghi-truong.crt",
        "PayloadContent": der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"vn.nghi-truong.{number}",
            "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_URL, number)),
            "PayloadDisplayName": name,
            "PayloadDescription": "Chứng chỉ của máy chủ Nghị Trường trong mạng nội bộ của hội trường.",
            "PayloadContent": [payload],
        }
    )


def qr(text: str) -> str:
    """A QR code as an image address that a page can hold without a style or a script."""
    return segno.make(text, error="m").svg_data_uri(scale=6, border=2, dark="#211B16")


def answers(*, authority: Path, host: str, port: int, https_port: int) -> dict[str, Answer]:
    """Everything that the listener can say, by path."""
    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    here, there = f"http://{host}:{port}/", f"https://{host}:{https_port}/"
    page = render_to_string(
        "council/trust.html",
        {
            "here": here,
            "there": there,
            "qr_here": qr(here),
            "qr_there": qr(there),
            "certificate": CERTIFICATE,
            "profile": PROFILE,
            "styles": [f"/static/{name}" for name in STYLES],
            "name": certificate.subject.rfc4514_string().removeprefix("CN="),
            "fingerprint": tls.fingerprint(authority),
            "until": certificate.not_valid_after_utc,
        },
    )
    known = {
        "/": Answer("text/html; charset=utf-8", page.encode()),
        CERTIFICATE: Answer(
            "application/x-x509-ca-cert", certificate.public_bytes(Encoding.DER), "nghi-truong.crt"
        ),
        PROFILE: Answer("application/x-apple-aspen-config", profile(certificate), "nghi-truong.mobileconfig"),
    }
    static = Path(settings.BASE_DIR) / "static"
    files = [static / name for name in STYLES] + sorted((static / "vendor" / "fonts").glob("*.woff2"))
    for path in files:
        if path.exists():
            known[f"/static/{path.relative_to(static)}"] = Answer(TYPES[path.suffix], path.read_bytes())
    return known


def listener(known: dict[str, Answer], *, host: str, port: int) -> ThreadingHTTPServer:
    """A server that gives these answers to GET and HEAD and refuses everything else."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10
        server_version, sys_version = "trust", ""

        def do_GET(self):
            answer = known.get(self.path.split("?")[0])
            if answer is None:
                return self.send_error(404)
            self.send_response(200)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.file_name:
                self.send_header("Content-Disposition", f'attachment; filename="{answer.file_name}"')
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body)

        do_HEAD = do_GET

        def log_message(self, *_):
            """Who asked is nobody's business."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server
