"""What the report says, chapter by chapter: sentences and tables chosen by rule from the release's figures."""
