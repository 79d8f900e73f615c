"""The base of every body of the interface: unknown members and half characters are refused; all routers use it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Body(BaseModel):
    """A JSON object of declared members, whose texts can all be written as UTF-8."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _whole_characters(cls, given: Any) -> Any:
        if not _writable(given):
            raise PydanticCustomError("surrogate", "text with half of a character")
        return given


def _writable(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if depth > 20:
        return True  # no declared member lies so deep: it is refused for being there
    if isinstance(value, dict):
        return all(_writable(one, depth + 1) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return all(_writable(one, depth + 1) for one in value)
    return True
