import os
from types import SimpleNamespace
from unittest.mock import patch

from odoo.modules import Manifest
from odoo.service import server
from odoo.service.server import WorkerCron
from odoo.tests import BaseCase
from odoo.tools import config, mute_logger

from odoo.addons import invoice_tax_service as addon

from ..cron_worker import LOOK_SECONDS, OPTION, post_load


class TestPostLoad(BaseCase):
    """A cron worker looks for work as soon as it has started."""

    def setUp(self):
        super().setUp()
        self.started = []
        self.startPatcher(patch.object(WorkerCron, "start", self._make_start()))
        self.pipe, end = os.pipe()
        self.addCleanup(os.close, self.pipe)
        self.addCleanup(os.close, end)
        os.set_blocking(self.pipe, False)
        self.worker = SimpleNamespace(wakeup_fd_w=end)

    def _make_start(self):
        def start(worker):
            self.started.append(worker)

        return start

    def _read_pipe(self):
        try:
            return os.read(self.pipe, 100)
        except BlockingIOError:
            return b""

    def test_worker_is_woken_after_its_start(self):
        WorkerCron.start(self.worker)
        self.assertFalse(self._read_pipe())
        post_load()
        WorkerCron.start(self.worker)
        self.assertEqual(len(self._read_pipe()), 1, "it sleeps for a minute first")
        self.assertEqual(self.started, [self.worker] * 2, "it did not really start")

    def _look_every(self, value):
        with (
            patch.object(server, "SLEEP_INTERVAL", 60),
            patch.dict(config.options.maps[0], {OPTION: value}),
            mute_logger(post_load.__module__),
        ):
            post_load()
            return server.SLEEP_INTERVAL

    def test_the_host_says_how_often(self):
        for value, seconds in (("45", 45), ("300", 60), ("x", LOOK_SECONDS)):
            with self.subTest(value=value):
                self.assertEqual(self._look_every(value), seconds)

    def test_the_host_wants_nothing_changed(self):
        self.assertEqual(self._look_every("0"), 60)
        WorkerCron.start(self.worker)
        self.assertFalse(self._read_pipe(), "another one's cron workers are woken")

    def test_loaded_twice_wraps_once(self):
        post_load()
        post_load()
        WorkerCron.start(self.worker)
        self.assertEqual(len(self._read_pipe()), 1)
        self.assertEqual(self.started, [self.worker])


class TestManifest(BaseCase):
    def test_server_is_told_to_load_it(self):
        manifest = Manifest.for_addon("invoice_tax_service")
        self.assertEqual(manifest["post_load"], "post_load")
        self.assertIs(addon.post_load, post_load)
