"""The published work order API that ours answers to the letter, and the test that holds us to it."""
