"""Named databases: how they are opened, what their errors mean, and whether their account can write."""
