"""What web pages share: a base template, one stylesheet, forms, live updates, and the guard at the door."""
