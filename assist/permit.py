"""The dependency by which every handler of the API learns who calls and passes the choke point; routers take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from assist.access import Action, authorise
from assist.identity import Identify
from kb.model import Principal

Permit = Callable[[Action], Any]
"""Makes the dependency that lets a caller through to an action, and says who it is."""


@dataclass(frozen=True)
class Permission:
    """The declared rule of a route: tests and tools read `action` off the route's dependencies."""

    identify: Identify
    action: Action

    def __call__(self, request: Request) -> Principal:
        """Who calls; raises UnauthorisedError or Forbidden."""
        caller = self.identify(request)
        authorise(caller, self.action)
        return caller


def permitting(identify: Identify) -> Permit:
    """Makes the dependency of an action, for callers made out by `identify`."""
    return lambda action: Depends(Permission(identify, action))
