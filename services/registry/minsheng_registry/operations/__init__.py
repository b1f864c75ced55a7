"""What whoever runs a registry does with it as a whole: back it up, restore it, look after its audit."""
