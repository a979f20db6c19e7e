"""A certificate authority of the test's own, made by openssl(1).

    pki = Certificates(directory)                      # its CA is pki.ca
    cert, key = pki.certificate("phone", "10.231.78.2")
    other = Certificates(directory, "other-ca")        # whom nobody believes
"""
import os
import subprocess

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Certificates:
    def __init__(self, directory, name="ca"):
        self.directory, self.name = directory, name
        self.ca = self._path(f"{name}.pem")
        self._openssl("req", "-x509", *EC, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=self.directory, stderr=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def certificate(self, name, address="127.0.0.1", domains=()):
        """Signed for that IP address, or for those domains alone: the paths of certificate and key."""
        names = [f"DNS:{domain}" for domain in domains] or [f"IP:{address}"]
        with open(self._path(f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName={','.join(names)}\n")
        self._openssl("req", *EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey", f"{self.name}.key",
                      "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return self._path(f"{name}.pem"), self._path(f"{name}.key")

    def both(self, name, address="127.0.0.1", domains=()):
        """The same in one file, which it returns."""
        path = self._path(f"{name}-both.pem")
        with open(path, "w", encoding="ascii") as both:
            for part in self.certificate(name, address, domains):
                with open(part, encoding="ascii") as file:
                    both.write(file.read())
        return path
