"""Mathematics."""

ORDER = 1
