"""SIP signalling: a protocol core without I/O (`SipEndpoint`) and a thin asyncio driver (`transport`)."""
