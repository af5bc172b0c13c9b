"""From the rows of many clients to chunks: batches of one shape, and who computes them."""
