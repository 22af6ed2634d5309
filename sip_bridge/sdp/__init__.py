"""Session descriptions of telephone legs: read, written, offered and answered (RFC 8866, RFC 3264). Pure."""
