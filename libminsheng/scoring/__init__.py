"""How good is it: points and grades, lights, rankings, growth."""
