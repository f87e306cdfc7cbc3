"""The call and its fiches: the tree, the rules in sentences, the review, the opening of year N+1."""
