"""Settings, URLs and processes of the whole system; may import every app."""
