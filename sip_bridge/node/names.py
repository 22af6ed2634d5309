"""Names that the supervisor and the control process agree on."""

SIP_SOCKET_ENV = "KC_BRIDGE_SIP_FD"
"""File descriptor of the inherited SIP socket."""
