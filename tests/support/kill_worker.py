"""The process that `killed` kills: a fork with a database connection of its own, which does batches
of operations until its end. Python's fork server keeps Django and the workers' modules ready."""

import importlib
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import django
from django.apps import apps
from django.db import connection

if not apps.ready:  # in the fork server; the settings of tests would start a database server
    os.environ["DJANGO_SETTINGS_MODULE"] = "showfloor.site.settings"
    django.setup()

type Asked = tuple[str, str]  # key, operation
type Batch = Sequence[Asked]
type Answers = list[Any]  # one for each operation of a batch, in their order, once it is committed


def work(pipe: Connection, module: str, database: str, options: Sequence[str]) -> None:
    """Answer batches from the pipe on the tests' database until it is closed. `module` has
    `begin(*options)`, which returns the function that does a batch. The first word is *ready*."""
    connection.settings_dict["NAME"] = database
    answer: Callable[[Batch], Answers] = importlib.import_module(module).begin(*options)
    pipe.send("ready")
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            break
        pipe.send(answer(batch))
    connection.close()
