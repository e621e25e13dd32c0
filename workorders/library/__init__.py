"""What ships with the product and a tenant may take over: failure codes and job plans, as data."""
