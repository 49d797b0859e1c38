"""Certificates for hostile houses, made with openssl: an authority that is trusted, and every way not to be."""

import ssl
import subprocess

OPENSSL = "/usr/bin/openssl"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
# Far apart, so that no clock matters.
LONG_AGO, SINCE, FAR_AHEAD = "20010101000000Z", "20200101000000Z", "20491231000000Z"

AUTHORITY = """
[ca]
default_ca = here
[here]
dir = {folder}
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


class Certificates:
    """A trusted authority (`authority_path`), one that nobody knows, and server contexts with their certificates."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._openssl("req", *NEW_KEY, "-nodes", "-keyout", self._path("server.key"), "-subj", "/CN=localhost", "-out",
                      self._path("unused.csr"))
        self.trusted = self._make_authority("trusted")
        self.unknown = self._make_authority("unknown")
        self.authority_path = self.trusted / "authority.pem"

    def _path(self, name):
        return self.folder / name

    def _openssl(self, *arguments):
        done = subprocess.run([OPENSSL, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr[-500:]}")

    def _make_authority(self, name):
        folder = self._path(name)
        folder.mkdir()
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.conf").write_text(AUTHORITY.format(folder=folder))
        self._openssl("req", "-x509", *NEW_KEY, "-nodes", "-days", "3650", "-subj", f"/CN={name} authority", "-keyout",
                      folder / "authority.key", "-out", folder / "authority.pem")
        return folder

    def context(self, name, authority=None, host="localhost", since=SINCE, until=FAR_AHEAD):
        """A TLS server's context; without an authority the certificate vouches for itself."""
        request, certificate = self._path(f"{name}.csr"), self._path(f"{name}.pem")
        key = self._path("server.key")
        names = ("-addext", f"subjectAltName=DNS:{host}")
        if authority:
            self._openssl("req", "-new", "-key", key, "-subj", f"/CN={host}", *names, "-out", request)
            self._openssl("ca", "-batch", "-notext", "-config", authority / "ca.conf", "-startdate", since, "-enddate",
                          until, "-cert", authority / "authority.pem", "-keyfile", authority / "authority.key", "-in",
                          request, "-out", certificate)
        else:
            self._openssl("req", "-x509", "-new", "-key", key, "-days", "30", "-subj", f"/CN={host}", *names, "-out",
                          certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def contexts(self):
        """By what is wrong with them; `good` is the control."""
        return {
            "good": self.context("good", self.trusted),
            "expired": self.context("expired", self.trusted, since=LONG_AGO, until=SINCE),
            "not_yet_valid": self.context("early", self.trusted, since="20480101000000Z"),
            "wrong_host": self.context("other", self.trusted, host="other.example.org"),
            "self_signed": self.context("self"),
            "untrusted": self.context("untrusted", self.unknown),
        }
