"""Embeddings in the catalogue: one vector per model and identical text, so that nothing is ever embedded twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select

from kb.errors import UsageError
from kb.store.engine import Database, chunks
from kb.store.tables import embeddings, models

_PURGE = 5000


class Embeddings:
    """Vectors by model name and text hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, model: str, hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors (dimension,) by text hash; what is not there is left out."""
        found: dict[str, NDArray[np.float32]] = {}
        query = select(embeddings.c.text_hash, embeddings.c.vector).join(models).where(models.c.name == model)
        with self._database.read() as connection:
            for chunk in chunks(list(hashes)):
                for hashed, blob in connection.execute(query.where(embeddings.c.text_hash.in_(chunk))):
                    found[hashed] = np.frombuffer(blob, dtype="<f4")
        return found

    def put(self, model: str, hashes: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Writes vectors (len(hashes), dimension) in one transaction; those already there stay as they are.

        Raises UsageError when the shape does not fit, or the model had another dimension before.
        """
        if vectors.ndim != 2 or len(vectors) != len(hashes):
            raise UsageError(f"{len(hashes)} texts cannot have vectors of shape {vectors.shape}")
        if not len(hashes):
            return
        exact = np.ascontiguousarray(vectors, dtype="<f4")
        with self._database.write() as connection:
            model_id = _model_id(connection, model, exact.shape[1])
            rows = [
                {"model_id": model_id, "text_hash": hashed, "vector": vector.tobytes()}
                for hashed, vector in zip(hashes, exact, strict=True)
            ]
            connection.execute(self._database.insert_new(embeddings), rows)

    def count(self, model: str) -> int:
        """How many texts `model` has embedded."""
        query = select(func.count()).select_from(embeddings).join(models).where(models.c.name == model)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def models(self) -> dict[str, int]:
        """Names of the models that have embedded anything, with their dimension."""
        with self._database.read() as connection:
            return {row.name: row.dimension for row in connection.execute(select(models))}

    def purge(self, keep_model: str | Collection[str]) -> int:
        """Deletes the vectors of every other model, in pieces so that readers are never held up; returns how many."""
        kept = {keep_model} if isinstance(keep_model, str) else set(keep_model)
        with self._database.read() as connection:
            others = connection.execute(select(models.c.id).where(models.c.name.not_in(kept))).scalars().all()
        removed = sum(self._purge_model(each) for each in others)
        if others:
            with self._database.write() as connection:
                connection.execute(delete(models).where(models.c.id.in_(others)))
        return removed

    def _purge_model(self, model_id: int) -> int:
        piece = select(embeddings.c.id).where(embeddings.c.model_id == model_id).limit(_PURGE)
        removed = 0
        while True:
            with self._database.write() as connection:
                count = connection.execute(delete(embeddings).where(embeddings.c.id.in_(piece))).rowcount
            removed += count
            if count < _PURGE:
                return removed


def _model_id(connection: Connection, model: str, dimension: int) -> int:
    row = connection.execute(select(models).where(models.c.name == model)).first()
    if row is None:
        values = {"name": model, "dimension": dimension}
        return int(connection.execute(insert(models).values(values).returning(models.c.id)).scalar_one())
    if row.dimension != dimension:
        raise UsageError(
            f"model {model!r} gave {row.dimension} numbers a vector before, now {dimension}",
            hint="同名的向量模型输出维度变了，请给新模型换一个名称，或恢复原来的模型。",
        )
    return int(row.id)
