"""A disk that fails when it is told to: the control of `preload/disk.c`, and what a power cut leaves of the files."""

import errno
import mmap
import os
import pathlib
import shutil
import struct

from . import machine

CALLS = {"write": 0, "sync": 1, "truncate": 2, "read": 3}
FILES = {"database": 1, "wal": 2, "folder": 3}
FIELDS = ["calls", "files", "countdown", "error", "lasting", "half", "fired", "limit_bytes", "refused", "power"]
KINDS = 4
SECTOR = 512


class Disk:
    """Puts itself under a `Service` that is not running yet."""

    def __init__(self, service):
        self.service = service
        self.database = str(service.database)
        path = service.folder / "disk.control"
        path.write_bytes(bytes(4096))
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 4096)
        service.preload = [machine.preload("disk")]
        service.env |= {"DISK_DATABASE": self.database, "DISK_CONTROL": path}

    def __getitem__(self, name):
        return struct.unpack_from("q", self._memory, 8 * FIELDS.index(name))[0]

    def __setitem__(self, name, value):
        struct.pack_into("q", self._memory, 8 * FIELDS.index(name), int(value))

    def seen(self, call, file):
        """How many calls of a kind there were on a file."""
        place = len(FIELDS) + CALLS[call] * KINDS + FILES[file]
        return struct.unpack_from("q", self._memory, 8 * place)[0]

    # ---- errors

    def fail(self, call, files=("database", "wal"), after=1, error=errno.EIO, lasting=False, half=False):
        """The `after`-th call from now fails; `error` None kills the process in it."""
        self.mend()
        self["calls"], self["files"] = 1 << CALLS[call], sum(1 << FILES[name] for name in files)
        self["error"], self["lasting"], self["half"], self["fired"] = error or 0, lasting, half, 0
        # Last: from here on it counts.
        self["countdown"] = after

    def mend(self):
        self["countdown"] = 0

    @property
    def fired(self):
        return self["fired"]

    # ---- power

    def keep_durable(self):
        """From the next start on, what was synced is kept apart; the files as they are now count as synced."""
        self.forget()
        for path in self._paths():
            if path.exists():
                shutil.copyfile(path, f"{path}.durable")
        self["power"] = 1

    def forget(self):
        for path in self._paths():
            for kind in ("durable", "unnamed"):
                pathlib.Path(f"{path}.{kind}").unlink(missing_ok=True)

    def _paths(self):
        return [pathlib.Path(self.database), pathlib.Path(self.database + "-wal")]

    def cut_power(self, rng, kept_share=0.0, unit=4096):
        """After the process was killed: the files as a power cut leaves them. How many unsynced units there were.

        Of what was written and not synced, `kept_share` is there all the same, in units of a page or a sector: a torn
        write. Sizes go with what was synced, or with what was written when something of that is kept.
        """
        unsynced = 0
        for path in self._paths():
            durable = pathlib.Path(f"{path}.durable")
            if not durable.exists():
                # Its name was never synced: nobody finds it.
                path.unlink(missing_ok=True)
                continue
            image = bytearray(durable.read_bytes())
            written = path.read_bytes() if path.exists() else bytes(image)
            if kept_share and len(written) > len(image) and rng.random() < 0.7:
                image.extend(bytes(len(written) - len(image)))
            elif kept_share and len(written) < len(image) and rng.random() < 0.5:
                del image[len(written):]
            for start in range(0, max(len(image), len(written)), unit):
                new = written[start:start + unit]
                if image[start:start + unit] != new:
                    unsynced += 1
                    if rng.random() < kept_share and start < len(image):
                        room = min(len(new), len(image) - start)
                        image[start:start + room] = new[:room]
            path.write_bytes(image)
            os.chmod(path, 0o600)
        pathlib.Path(self.database + "-shm").unlink(missing_ok=True)
        return unsynced
