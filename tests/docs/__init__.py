"""Every command on a page is run: ``python -m tests.docs`` does it, the tests here test that."""
