"""The rules, a file each: `RULE` with its page, and what it checks."""
