"""Role × action × company × door: nobody acts without right, whatever the door.

The actions are the code's own, so that a new one without a right fails here.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from doors import DOORS

#: Calls under way at once: as many as the server has workers.
THREADS = 2
# What a method needs besides its records.
ARGUMENTS = {
    "invoice.tax.operation/retry_batch": {
        "batch_number": "",
        "request_number": "access-1",
    },
}
# They are about the companies of the caller, whatever rows he names.
OF_CALLER = (
    "invoice.tax.comparison/action_open",
    "invoice.tax.segment/action_open_draw",
)
ROLES = (
    "group_viewer",
    "group_receiving_clerk",
    "group_issuing_clerk",
    "group_license_keeper",
)


def knock(system, name, methods, context=None, doors=DOORS):
    """Call methods at every door, and see that each of them refuses."""
    person, calls, found = system.person(name), [], []
    targets = system.world["users"][name]["targets"]
    for method in filter(targets.get, methods):
        arguments = dict(ARGUMENTS.get(method, {}))
        if "batch_number" in arguments:
            arguments["batch_number"] = system.world["batch"]
        ids = None if arguments else targets[method]
        calls += [(door, method, ids, arguments) for door in doors]
    assert len(calls) > len(doors), "nothing was tried"

    def call(door, method, ids, arguments):
        model, _slash, method_name = method.partition("/")
        knocking = getattr(person, door)
        answer = knocking(model, method_name, ids, context, **arguments)
        if not answer.is_refusal:
            found.append(f"{door} {method}: {answer}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda one: call(*one), calls))
    assert not found, "\n".join(["these doors are open:", *sorted(found)])


def test_row_O11_every_action_has_its_right(system):
    assert system.world["unknown"] == [], "name the right item, or that it needs none"
    assert len(system.world["methods"]) > 60
    everything = system.world["users"]["manager_of_both"]["targets"]
    assert set(everything) == set(system.world["methods"])


@pytest.mark.parametrize("role", ROLES)
def test_row_O11_role(system, unchanged, role):
    """What belongs to another role."""
    user = system.world["users"][role]
    missing = [one for one in system.world["methods"] if one not in user["may"]]
    assert len(missing) > 5
    knock(system, role, missing)


def test_row_O11_company_before_role(system, unchanged):
    """A manager from whom the company has taken everything."""
    knock(system, "denied_manager", system.world["methods"])


def test_row_X3_other_company(system, unchanged):
    """Its manager, who may do everything at home."""
    methods = [one for one in system.world["methods"] if one not in OF_CALLER]
    knock(system, "foreign_manager", methods)


def test_row_X3_branch_has_no_part_in_what_its_parent_keeps(system, unchanged):
    knock(system, "branch_manager", system.world["of_owner"])


def test_row_X3_company_switched_off(system, unchanged):
    """Pages that were opened in one company and confirmed in another, and records
    whose company is no longer at hand."""
    methods = [one for one in system.world["methods"] if one not in OF_CALLER]
    context = system.at_hand("other")
    knock(system, "manager_of_both", methods, context)


def test_row_X3_company_that_is_not_his(system, unchanged):
    """A company that the caller names, and does not work in."""
    context = system.at_hand("own")
    knock(system, "foreign_manager", system.world["methods"], context, ["json2"])


@pytest.mark.parametrize("door", DOORS)
def test_row_O11_doors_open_for_who_may(system, door):
    """Else a door that refuses everybody would look safe."""
    call = getattr(system.person("manager_of_both"), door)
    for model, method in (
        ("invoice.tax.taxpayer", "action_open_operations"),
        ("invoice.tax.taxpayer", "action_fetch"),
        ("invoice.tax.operation", "action_export"),
    ):
        ids = system.world["records"][model]
        answer = call(model, method, ids, system.at_hand("own"))
        assert answer.error is None and answer.result, answer
