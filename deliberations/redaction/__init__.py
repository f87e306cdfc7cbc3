"""What a rapport and a délibération say: symbolic references, articles, annexes."""
