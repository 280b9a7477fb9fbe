"""The service under test, with a new database for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from work_request_service.api import create_app
from work_request_service.database import open_database
from work_request_service.posting import post_event
from work_request_service.settings import RULEBOOK, TYPES

from work_request_manager import Category, WorkRequest
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.plugin import RequestFactory


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A new database."""
    engine = open_database(f"sqlite:///{tmp_path / 'work-requests.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """The sessions of the database."""
    return sessionmaker(engine)


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A client of the service."""
    with TestClient(create_app(engine)) as client:
        yield client


@pytest.fixture
def wrm() -> InMemoryWorkRequestManager:
    """A manager in memory that keeps the rules of the service."""
    return InMemoryWorkRequestManager(rulebook=RULEBOOK)


@pytest.fixture
def stored(
    wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory, sessions: sessionmaker[Session]
) -> Callable[..., WorkRequest]:
    """A function that makes a work request in the service, in any state: it takes the arguments of `wrm_request`."""

    def store(*categories: Category, type: str = "FIBRE_REPAIR", **attributes: Any) -> WorkRequest:
        work_request = wrm_request(*categories, types=TYPES[type], **attributes)
        for decision in wrm.history(work_request.id):
            post_event(sessions, decision.event)
        return work_request

    return store
