"""The claims of a test: a line PASS, FAIL or SKIP each, and an exit code at the end."""
import sys
import time
import traceback

_failed = 0


class Broken(Exception):
    """Why a claim does not hold."""


def expect(condition, why):
    if not condition:
        raise Broken(why)


def claim(text, check):
    """Runs check(); the claim holds unless it raises. What check returns, if anything, is printed as a note."""
    global _failed
    started = time.monotonic()
    try:
        note = check()
        took = f"{time.monotonic() - started:.1f} s"
        print(f"PASS {text} ({f'{note}; ' if note else ''}{took})", flush=True)
        return True
    except Exception as error:  # a test goes on to its next claim whatever happened to this one
        _failed += 1
        print(f"FAIL {text}: {' '.join(str(error).split()) or type(error).__name__}", flush=True)
        if not isinstance(error, Broken):
            traceback.print_exc(file=sys.stdout)
        return False


def skip(text, why):
    print(f"SKIP {text}: {why}", flush=True)


def note(text):
    print(f"  {text}", flush=True)


def until(check, seconds, why, interval=0.05):
    """Polls check() until it is true and returns that; Broken(why) after `seconds`. `why` may be a function."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise Broken(f"{why() if callable(why) else why} (waited {seconds} s)")
        time.sleep(interval)


def finish():
    sys.exit(1 if _failed else 0)
