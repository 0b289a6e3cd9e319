"""A step of a migration that makes all tables of a room at once.

For each model that is created Django draws all related ones anew, and here all are related through
the brand: the tables of a fresh installation took ten seconds of CPU, of which the database needed
less than one.
"""

from collections.abc import Iterator
from typing import override

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Several `CreateModel`, each after those that it refers to."""

    category = CreateModel.category

    def __init__(self, models: list[CreateModel]) -> None:
        self.models = models

    @override
    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn models are kept there; the next use draws them
        for model in self.models:
            model.state_forwards(app_label, state)

    @override
    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState, to_state: ProjectState,
    ) -> None:  # fmt: skip
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    @override
    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState, to_state: ProjectState,
    ) -> None:  # fmt: skip
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    @override
    def references_model(self, name: str, app_label: str) -> bool:
        return any(model.references_model(name, app_label) for model in self.models)

    @override
    def describe(self) -> str:
        return "Create models " + ", ".join(self._names())

    @property
    @override
    def migration_name_fragment(self) -> str:
        return "_".join(name.lower() for name in self._names())

    def _names(self) -> Iterator[str]:
        return (model.name for model in self.models)
