"""Small named functions over one reply that yield findings. Each module holds one kind of check."""
