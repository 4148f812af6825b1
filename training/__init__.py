"""How the reader's weights were made. Nothing of the product imports this package."""
