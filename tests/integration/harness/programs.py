"""Where programs and files are."""
import os
import shutil

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def built(label):
    """The file that Bazel built for a label such as daemon/understudyd."""
    return os.path.join(os.environ.get("UNDERSTUDY_BIN") or os.path.join(ROOT, "bazel-bin"), label)


def find_missing(*names):
    """The first of the installed programs that is not there, or None."""
    return next((name for name in names if not shutil.which(name)), None)


def corpus(relative):
    """A path in the SIP corpus of messages that others wrote, or None where it is not at hand."""
    shared = os.environ.get("UNDERSTUDY_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
    path = os.path.join(shared, "corpus", relative)
    return path if os.path.exists(path) else None
