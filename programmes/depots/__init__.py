"""How dossiers come in: windows, copies, budget prévisionnel, the portal's extract."""
