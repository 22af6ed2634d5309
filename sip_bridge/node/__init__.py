"""The bridge as a whole: supervisor, control process, outbox and journal, the link to the backend."""
