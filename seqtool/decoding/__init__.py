"""From scores to answers: numpy alone; no model is known here."""
