"""Answers what the wire asks: who is let in, over what, to where; and remembers who was served."""
