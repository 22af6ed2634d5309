"""Media workers: RTP, mixing, prompts, recordings and digits of legs. A worker never learns what a call or a queue is.

The work is one matrix over all streams, advanced every 20 ms (`engine.Engine.tick`); sockets, clock and disk stay in
`worker`, so everything else is tested without them.
"""
