"""What scenario modules share: valid requests and the steps before and after them."""
