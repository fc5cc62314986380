def printable(text: str) -> str:
    """A receipt is a stranger's file: what it says must not move the reader's cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
