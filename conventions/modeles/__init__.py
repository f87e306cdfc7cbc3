"""Models of acts: what a version may not say before it is published."""
