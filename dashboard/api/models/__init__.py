"""Typed requests and answers of the API: they validate, and the OpenAPI document is made of them."""
