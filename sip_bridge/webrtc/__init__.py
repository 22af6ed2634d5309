"""Browser legs: ICE-lite, DTLS and the answer to an SDP offer, each without I/O; `port` joins them on one UDP port."""
