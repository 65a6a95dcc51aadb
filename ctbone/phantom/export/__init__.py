"""PACS-like exports of simulated patients, with the truth beside them."""
