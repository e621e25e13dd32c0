"""Work orders on paper: what stands there (`contents`), how it looks (`*.typ`) and how it becomes a PDF (`printing`)."""
