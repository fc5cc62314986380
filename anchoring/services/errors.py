class UnknownChain(LookupError):
    """No chain has this identifier."""


class NotSealed(LookupError):
    """The entry is still in the outbox, or was never submitted; the message says which."""


class LogBroken(RuntimeError):
    """What is stored contradicts what was signed. Nothing more is signed until an operator has looked."""
