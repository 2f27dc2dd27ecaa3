"""One description of a network: sizes, layers, the chain they form, and the readers that make one."""
