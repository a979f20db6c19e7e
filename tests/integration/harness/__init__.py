"""What the integration tests share: namespaces, the server as a process, phones, callers, tones and claims.

A test is one file that reads as its claims. It begins with

    from harness import claims, sandbox
    sandbox.enter()

and everything below that line runs in network and process namespaces of its own, which end with it. Standard library only.
"""
