"""From the propositions of a rapport to its acts: the plan, the preparation of each, the batch."""
