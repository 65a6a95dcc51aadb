"""The parts of a quality-control picture, and the page that leafs through many of them."""
