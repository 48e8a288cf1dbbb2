"""Text from outside."""

import unicodedata


def has_control_characters(text: str) -> bool:
    """Whether ``text`` holds what no keyboard types, such as NUL, a tab or a line break."""
    return any(unicodedata.category(character) == "Cc" for character in text)
