"""Frozen records with slots, as `@dataclass(frozen=True, slots=True)` makes them, in a tenth of its time.

Verifying is a gate in front of a host's start: importing `dataclasses` (with `inspect`, `ast` and `tokenize`) and
letting it compile six methods a class took longer there than reading and hashing a plugin. For the same reason
what lies on that path imports `typing` for type checkers only.
"""

from __future__ import annotations

from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_options):
        """Stand in for typing's, which only type checkers read."""
        return lambda function: function


_FEW = 6
"""Records of one kind, which a general constructor makes in less time than it takes to compile a special one."""

EMPTY: Mapping[str, Any] = MappingProxyType({})
"""The default of a field that maps."""


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a class of annotated fields a frozen record: keyword or positional fields, equality, hash, repr.

    A default is shared by all instances, so it must be immutable. Inheritance of fields is not supported.
    """
    fields = tuple(cls.__annotations__)
    defaults = {name: cls.__dict__[name] for name in fields if name in cls.__dict__}
    everything = set(fields)
    left_out = {*defaults, "__dict__", "__weakref__"}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in left_out}

    few = iter(range(_FEW))

    def first(self: Any, *values: Any, **named: Any) -> None:
        """Compile the constructor when some records were made: of many kinds there are none or few, in one run."""
        given = defaults | dict(zip(fields, values)) | named  # noqa: B905 - checked next
        is_plain = given.keys() == everything and not named.keys() & fields[: len(values)]
        if is_plain and len(values) <= len(fields) and next(few, None) is not None:
            for name in fields:
                object.__setattr__(self, name, given[name])
            return
        made = slotted.__init__ = _initializer(fields, defaults)  # type: ignore[method-assign]
        made(self, *values, **named)

    namespace |= _METHODS
    namespace |= {"__slots__": fields, "__match_args__": fields, "__init__": first}
    slotted: type[T] = type(cls.__name__, cls.__bases__, namespace)
    return slotted


def _initializer(fields: tuple[str, ...], defaults: Mapping[str, Any]) -> Any:
    parameters = ", ".join(f"{name}=_defaults[{name!r}]" if name in defaults else name for name in fields)
    body = "".join(f"\n _set(self, {name!r}, {name})" for name in fields)
    made: dict[str, Any] = {"_set": object.__setattr__, "_defaults": defaults}
    exec(f"def __init__(self, {parameters}):{body or ' pass'}", made)  # noqa: S102 - names of a class body
    return made["__init__"]


def replace(one: T, **changes: Any) -> T:
    """Return a copy of a record with other values in the fields named."""
    return type(one)(**{name: getattr(one, name) for name in type(one).__slots__} | changes)  # type: ignore[attr-defined]


def _values(one: Any) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in one.__slots__)


def _equal(one: Any, other: object) -> Any:
    return _values(one) == _values(other) if other.__class__ is one.__class__ else NotImplemented


def _hash(one: Any) -> int:
    return hash(_values(one))


def _spelled(one: Any) -> str:
    return f"{type(one).__name__}({', '.join(f'{name}={getattr(one, name)!r}' for name in one.__slots__)})"


def _frozen(one: Any, name: str, *_value: Any) -> NoReturn:
    raise AttributeError(f"{type(one).__name__} is frozen: {name!r} cannot be set")


def _reduce(one: Any) -> tuple[Any, ...]:
    return type(one), _values(one)


_METHODS = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _spelled,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__reduce__": _reduce,
}
