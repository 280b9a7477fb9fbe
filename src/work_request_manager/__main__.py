"""The command `wrm`, as `python -m work_request_manager`."""

from _work_request_manager_wrm import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
