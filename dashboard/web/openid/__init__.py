"""Talking to an OpenID provider, of whose answers nothing is believed before it was checked."""
