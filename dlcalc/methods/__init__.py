"""Mathematics shared by topics: values in, values out."""
