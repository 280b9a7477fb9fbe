"""The command `wrm`. If an extra is missing, it names the command that installs it."""

import sys


def main() -> None:
    """Run the command."""
    try:
        from work_request_manager import cli

        cli.main()
    except ModuleNotFoundError as error:
        if error.name not in ("click", "msgspec", "rich"):
            raise
        print(f"wrm needs {error.name}; run: pip install 'work-request-manager[cli]'", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
