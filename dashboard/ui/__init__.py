"""What the pages share: the shell around them, the filters, and the view of sales as data for the browser."""
