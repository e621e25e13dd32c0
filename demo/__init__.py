"""Two demo tenants made from real, openly licensed maintenance data. Never part of production."""
