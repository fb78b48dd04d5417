"""What `tillproof init` and `replay --write-test` write into somebody's project. Texts; nothing here touches a disk."""
