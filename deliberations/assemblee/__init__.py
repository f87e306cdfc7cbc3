"""The assembly at work: who attends, the quorum, the figures of each vote, the sentences that print them."""
