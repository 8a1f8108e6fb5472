"""A promise that the fuzzer found broken, as an exception."""


class BrokenPromiseError(AssertionError):
    """Nothing was raised, and yet a promise does not hold."""


def demand(holds: object, promise: str) -> None:
    """Raise unless it holds; `assert` would vanish under -O."""
    if not holds:
        raise BrokenPromiseError(promise)
