"""What happened in a run: the events, the witnesses folded from them, and the report log's types."""
