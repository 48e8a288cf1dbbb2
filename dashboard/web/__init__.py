"""The Flask edge: sign-in, the gate in front of every route, security headers, errors, health."""
