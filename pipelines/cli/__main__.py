"""`python -m pipelines.cli`, where the installed `shixun` is not at hand."""

from pipelines.cli import main

if __name__ == "__main__":
    main()
