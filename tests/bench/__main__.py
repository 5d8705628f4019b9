"""`make bench`: every benchmark in turn, at the sizes the targets are stated for."""

from tests.bench import ingest, settlement

if __name__ == "__main__":
    print("## Ingest: one GB18030 CSV of a million credit records")
    ingest.main([])
    print("\n## Settlement: 36 million credit records of 600,000 teachers")
    settlement.main([])
