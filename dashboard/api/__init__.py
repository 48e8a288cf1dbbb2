"""``/api/v1``: what the pages offer, for programs. Every answer comes through the same gate, policy and limits."""
