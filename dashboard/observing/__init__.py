"""What operators see of a running site: figures for a monitor, and the log. Neither names a product or an amount."""
