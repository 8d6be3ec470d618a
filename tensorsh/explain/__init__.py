"""The explanations as functions of scripts: each finds the facts, draws them, and writes the text where the session writes."""
