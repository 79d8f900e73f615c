"""The catalogue: the truth of one home in one database, aggregate by aggregate; the base opens it and owns it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import text

from kb.clock import Clock
from kb.errors import HomeError
from kb.store.audit import Audit
from kb.store.coaching import CoachingBook
from kb.store.credentials import Links, Sessions, Tokens
from kb.store.documents import Documents
from kb.store.drafts import Drafts
from kb.store.embeddings import Embeddings
from kb.store.engine import Database
from kb.store.erasure import Erasure
from kb.store.feedback import FeedbackBook
from kb.store.figures import Figures
from kb.store.gap_intake import GapIntake
from kb.store.gap_work import GapWork
from kb.store.gaps import Gaps
from kb.store.golden import GoldenBook
from kb.store.handoffs import Handoffs
from kb.store.people import People
from kb.store.plans import Notices, Plans
from kb.store.practice import PracticeBook
from kb.store.questions import QuestionLog
from kb.store.quiz import QuizBank
from kb.store.releases import Releases
from kb.store.retention import RetentionBook
from kb.store.schema import migrate
from kb.store.scripts import ScriptBook
from kb.store.settings import Settings


class Catalogue:
    """Everything one home keeps, an aggregate an attribute; thread-safe.

    Every method reads or writes in a short transaction of its own. Whatever goes wrong in the database is raised as
    HomeError with nothing half written; what the caller got wrong as UsageError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.documents = Documents(database)
        self.embeddings = Embeddings(database)
        self.releases = Releases(database)
        self.gaps = Gaps(database)
        self.gap_work = GapWork(database)
        self.gap_intake = GapIntake(database)
        self.drafts = Drafts(database)
        self.plans = Plans(database)
        self.golden = GoldenBook(database)
        self.notices = Notices(database)
        self.figures = Figures(database)
        self.feedback = FeedbackBook(database)
        self.questions = QuestionLog(database)
        self.retention = RetentionBook(database)
        self.audit = Audit(database)
        self.settings = Settings(database)
        self.quiz = QuizBank(database)
        self.practice = PracticeBook(database)
        self.coaching = CoachingBook(database)
        self.handoffs = Handoffs(database)
        self.scripts = ScriptBook(database)
        self.people = People(database)
        self.sessions = Sessions(database)
        self.tokens = Tokens(database)
        self.links = Links(database)
        self.erasure = Erasure(database)

    @classmethod
    def open(cls, url: str, *, clock: Clock) -> Catalogue:
        """Opens the database at an SQLAlchemy `url` ("sqlite:////home/catalogue.db") and brings its tables up to date.

        Raises HomeError for a database that is damaged, locked, not writable, full, or newer than this program;
        UsageError for a URL that is none, or of another kind than SQLite and PostgreSQL.
        """
        database = Database(url, clock=clock)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @classmethod
    def open_sealed(cls, path: Path, *, clock: Clock) -> Catalogue:
        """Opens a finished catalogue file for reading only; raises HomeError when it is not there."""
        return cls(Database(path, clock=clock))

    def check(self) -> list[str]:
        """Reads the whole database for damage and returns what is wrong, nothing when it is sound; takes seconds."""
        problems: list[str] = []
        for examine in (self._integrity, self._references, self._trail):
            try:
                problems += examine()
            except HomeError as error:
                problems.append(error.message)
        return list(dict.fromkeys(problems))

    def copy_to(self, path: Path) -> None:
        """Writes all of the catalogue, as of one moment, to a new SQLite file; readers and writers go on."""
        self._database.copy_to(path)

    def close(self) -> None:
        """Closes the database's connections; closing again does nothing."""
        self._database.close()

    def _integrity(self) -> list[str]:
        if self._database.dialect != "sqlite":
            return []
        with self._database.read() as connection:
            lines = connection.execute(text("PRAGMA integrity_check(10)")).scalars().all()
        return [str(line) for line in lines if line != "ok"]

    def _references(self) -> list[str]:
        if self._database.dialect != "sqlite":
            return []
        with self._database.read() as connection:
            orphans = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(10)
        return [f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in orphans]

    def _trail(self) -> list[str]:
        broken = self.audit.broken_at()
        return [] if broken is None else [f"the audit trail was changed at entry {broken}"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
