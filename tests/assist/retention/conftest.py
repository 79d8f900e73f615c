"""One base of the sample offers for all tests of retention, and desks over it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from assist.retention.outcomes import OutcomeDesk
from assist.retention.room import Retention, open_retention
from kb.knowledge import KnowledgeBase
from tests.kb.catalogues import SetClock
from tests.retention_samples import NoonClock, open_samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_samples(tmp_path_factory.mktemp("retention")) as base:
        yield base


@pytest.fixture(scope="session")
def retention(samples: KnowledgeBase) -> Retention:
    return open_retention(samples, NoonClock())


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20261121)


@pytest.fixture
def outcomes(samples: KnowledgeBase, chance: random.Random, clock: SetClock) -> OutcomeDesk:
    return OutcomeDesk(book=samples.catalogue.retention, clock=clock, chance=chance)
