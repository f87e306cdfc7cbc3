"""From the deposit to the proposition: acts, letters, avis, the page of a dossier and its history."""
