"""The command line. Only this package prints, opens files and exits."""
