"""Words → the fact that answers them, or an honest no."""
