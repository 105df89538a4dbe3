"""The parts of the product that are tried; each names its driver and comparison."""

from dataclasses import dataclass
from typing import Protocol


class Driver(Protocol):
    """Drives work of one part into Odoo, as the people and programs outside do."""

    def prepare(self):
        """Make at the bureau and in Odoo what the work needs; Odoo runs."""

    def begin(self, number):
        """Make ready what a round needs; the first has the number 1."""

    def act(self, random):
        """Do one action, drawn from the random numbers; returns its name.

        Several threads call this at the same time.
        """

    def give_up(self, lane):
        """Give up, as a person may, what is being sent over a lane just now.

        :return: whether there was something
        """

    def end(self, entries):
        """Do what a person has to do before all can become quiet; called again and
        again until then.

        :param entries: of the platforms' journal, all of the run
        """

    def fetch_all(self):
        """Have Odoo read everything once more, and wait for it."""

    def describe_open(self):
        """Sentences that tell what is still open; none when all is quiet."""


class Comparison(Protocol):
    """Compares what Odoo holds with what the simulator holds."""

    def compare(self, entries):
        """Return the differences, as ``report.Findings``.

        :param entries: of the platforms' journal, all of the run
        """


@dataclass(frozen=True)
class Part:
    """One part: ``driver(system, options)`` and ``comparison(system, driver)``."""

    name: str
    driver: type
    comparison: type


def all_parts():
    """The parts, in the order in which they are driven and compared."""
    from .certification import CertificationDriver
    from .certification_comparison import CertificationComparison
    from .issuing import IssuingDriver
    from .issuing_comparison import IssuingComparison
    from .licensing import LicensingDriver
    from .licensing_comparison import LicensingComparison

    return [
        # First: certification turns the platform's clock to the filing days.
        Part("issuing", IssuingDriver, IssuingComparison),
        Part("certification", CertificationDriver, CertificationComparison),
        Part("licensing", LicensingDriver, LicensingComparison),
    ]
