"""Databases: made from templates, so that a scratch one costs a second.

What a database was made from is written in its PostgreSQL comment.  Attachments
are kept inside the database, so a copy of the database is a copy of everything.
"""

import contextlib
import fcntl
import hashlib
import json
import time

import psycopg2
from psycopg2.extensions import quote_ident

from . import addons, odoo_shell, processes
from .commands import run, step
from .failure import SetupFailure

BASE = "base_cn"
_BASE_MARK = "base 1"
_LOG = "database.log"
_SCRATCH = "scratch"
_PREPARE_BASE = """
company = env.company
company.country_id = env.ref("base.cn")
env["account.chart.template"].try_loading("cn", company, install_demo=False)
env["res.lang"]._activate_lang("en_US")
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
"""
# Copies of one template would share their secret and identity otherwise.
_PREPARE_OWN = """
env["ir.config_parameter"].init(force=True)
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.config_parameter"].set_param("web.base.url", {url!r})
env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
env.cr.commit()
"""


class Databases:
    """The databases of one PostgreSQL server, as Odoo uses them."""

    def __init__(self, folders, postgres, configuration):
        self._folders, self._postgres = folders, postgres
        self._configuration = configuration
        self._log = folders.logs / _LOG

    def execute(self, database, statement, parameters=None):
        """Run one SQL statement outside a transaction; return its rows, if any."""
        with contextlib.closing(
            psycopg2.connect(dbname=database, **self._postgres.connection)
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []

    def mark(self, name):
        """Return what the database was made from; None when there is none."""
        rows = self.execute(
            "postgres",
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
            " FROM pg_database WHERE datname = %s",
            [name],
        )
        return rows[0][0] if rows else None

    def drop(self, name):
        """Remove the database, whoever is connected; nothing if there is none."""
        if self.mark(name) is None:
            return
        self._change("ALTER DATABASE {} IS_TEMPLATE false", name)
        # A worker that vacuums it may not be ended by us, and is soon gone.
        passing = psycopg2.errors.InsufficientPrivilege
        self._insist(passing, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def create(self, name, template):
        """Copy the template, waiting a little while others are connected to it."""
        passing = psycopg2.errors.ObjectInUse
        self._insist(passing, "CREATE DATABASE {} TEMPLATE {}", name, template)

    def prepare_scratch(self, name, with_addons=True):
        """Make a new database with all our addons, replacing one of that name.

        Without them it has what Odoo brings: accounting, in Chinese.
        """
        template = self._addons_template() if with_addons else self._base_template()
        with self._one_maker():
            self._drop_leftovers()
        self.copy_scratch(name, template)

    def copy_scratch(self, name, template):
        """Make a new database from another, replacing one of that name."""
        self.drop(name)
        self.create(name, template)
        owner = [_SCRATCH, str(self._folders.data), *processes.identity()]
        self._write_mark(name, json.dumps(owner))

    def prepare_kept(self, name, url):
        """Make the named database hold our addons as this clone has them.

        A missing one is made, changed addons are upgraded, new ones installed.
        """
        wanted = addons.content_hashes()
        mark = self.mark(name)
        if mark is None:
            with step(f"Database {name} created"):
                self._build(name, self._addons_template(), wanted, url)
            return
        with contextlib.suppress(ValueError):
            have = json.loads(mark)
            changed = [key for key in wanted if wanted[key] != have.get(key)]
            if changed:
                with step(f"Database {name} upgraded ({', '.join(changed)})"):
                    new = [key for key in changed if key not in have]
                    old = [key for key in changed if key in have]
                    self._install(name, new, old)
                    self._write_mark(name, json.dumps({**have, **wanted}))
            return
        raise SetupFailure(
            f"The database {name} was not made by this set-up; name another one with "
            "--database."
        )

    def prepare_base(self):
        """Make the template with accounting, the Chinese chart and language."""
        if self.mark(BASE) == _BASE_MARK:
            return
        with step("Odoo database with the Chinese chart of accounts created"):
            unfinished = f"{BASE}_unfinished"
            self.drop(unfinished)
            self._odoo(unfinished, "-i", "account,l10n_cn", "--load-language", "zh_CN")
            self.shell(unfinished, _PREPARE_BASE)
            self.drop(BASE)
            self._finish(unfinished, BASE, _BASE_MARK)
            self._change("ALTER DATABASE {} IS_TEMPLATE true", BASE)

    def shell(self, name, script):
        """Run a script in Odoo's shell and return what it printed."""
        return odoo_shell.run_script(
            self._folders, self._configuration, name, script, self._log
        )

    def _drop_leftovers(self):
        """Remove scratch databases whose makers were killed before they could."""
        rows = self.execute(
            "postgres",
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE starts_with(shobj_description(oid, 'pg_database'), %s)",
            [json.dumps([_SCRATCH, str(self._folders.data)])[:-1]],
        )
        for name, mark in rows:
            if not processes.lives(*json.loads(mark)[2:]):
                self.drop(name)

    def _base_template(self):
        with self._one_maker():
            self.prepare_base()
        return BASE

    @contextlib.contextmanager
    def _one_maker(self):
        """Let no other process make templates meanwhile."""
        with open(self._folders.run / "databases.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _addons_template(self):
        """Return the template with our addons as they are now."""
        hashes = addons.content_hashes()
        digest = hashlib.sha256(json.dumps([_BASE_MARK, hashes]).encode())
        name = f"addons_{digest.hexdigest()[:12]}"
        with self._one_maker():
            self.prepare_base()
            if self.mark(name) is None:
                with step("Addons installed in a template database"):
                    self._make_addons_template(name, list(hashes))
        return name

    def _make_addons_template(self, name, addon_names):
        unfinished = "addons_unfinished"
        self.drop(unfinished)
        self.create(unfinished, BASE)
        self._install(unfinished, addon_names, [])
        rows = self.execute(
            "postgres",
            "SELECT datname FROM pg_database WHERE datname LIKE 'addons\\_%%'"
            " AND datname <> %s",
            [unfinished],
        )
        for (old,) in rows:
            self.drop(old)
        self._finish(unfinished, name, "addons")
        self._change("ALTER DATABASE {} IS_TEMPLATE true", name)

    def _build(self, name, template, hashes, url):
        unfinished = f"{name}_unfinished"
        self.drop(unfinished)
        self.create(unfinished, template)
        self.shell(unfinished, _PREPARE_OWN.format(url=url))
        self._finish(unfinished, name, json.dumps(hashes))

    def _finish(self, unfinished, name, mark):
        self._write_mark(unfinished, mark)
        self._change("ALTER DATABASE {} RENAME TO {}", unfinished, name)

    def _install(self, name, new, old):
        arguments = ["-i", ",".join(new)] if new else []
        if old:
            # Changed translations are wanted as well, not only new ones.
            arguments += ["-u", ",".join(old), "--i18n-overwrite"]
        if arguments:
            self._odoo(name, *arguments)

    def _odoo(self, name, *arguments):
        command = [*self._folders.odoo_command, "-c", self._configuration]
        command += ["-d", name, *arguments]
        command += ["--without-demo", "--stop-after-init", "--no-http"]
        output = run(command, "Odoo could not set up its database", self._folders, _LOG)
        problems = [line for line in output.splitlines() if " CRITICAL " in line[:60]]
        if problems:
            raise SetupFailure(
                f"Odoo could not set up its database; the reason is in {self._log}."
            )

    def _write_mark(self, name, mark):
        with contextlib.closing(
            psycopg2.connect(dbname="postgres", **self._postgres.connection)
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                quoted = quote_ident(name, connection)
                cursor.execute(f"COMMENT ON DATABASE {quoted} IS %s", [mark])

    def _insist(self, passing, statement, *names):
        """Change what another process is in the way of, once it has gone."""
        for attempt in range(40):
            try:
                self._change(statement, *names)
                return
            except passing:
                if attempt == 39:
                    raise
                time.sleep(0.5)

    def _change(self, statement, *names):
        with contextlib.closing(
            psycopg2.connect(dbname="postgres", **self._postgres.connection)
        ) as connection:
            connection.autocommit = True
            quoted = [quote_ident(name, connection) for name in names]
            with connection.cursor() as cursor:
                cursor.execute(statement.format(*quoted))
