"""Role × action × company × door: nobody acts without right, whatever the door.

The actions are the code's own, so that a new one without a right fails here.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from doors import DOORS, TIMEOUT

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
# Kept by hand by who has the role for it; an entry by who keeps the books.
MASTER_DATA = (
    "invoice.tax.taxpayer",
    "invoice.tax.connection",
    "account.move",
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


def test_row_X3_customer(system, unchanged):
    """Who has nothing but the page of customers, of the very company."""
    knock(system, "portal", system.world["methods"], doors=["button"])
    person, found = system.person("portal"), []
    for model in system.world["records"]:
        answer = person.web_call(model, "search_count", None, domain=[])
        if not (answer.is_refusal or answer.result == 0):
            found.append(f"{model}: {answer}")
    assert not found


def test_row_X3_nobody_logged_in(system, unchanged):
    """No door asks anything of the records before it knows who knocks."""
    everything = system.world["users"]["manager_of_both"]["targets"]
    methods = {**everything, **dict.fromkeys(system.world["free"], [1])}
    found = []
    for method, ids in methods.items():
        path = method.partition("/")
        response = requests.post(
            f"{system.stack.url}/json/2/{path[0]}/{path[2]}",
            json={"ids": ids},
            timeout=TIMEOUT,
        )
        if response.status_code != 401:
            found.append(f"{method}: {response.status_code} {response.text[:200]}")
    model, _slash, name = system.world["methods"][0].partition("/")
    content = {"model": model, "method": name, "args": [[1]], "kwargs": {}}
    for path in ("call_kw", "call_button"):
        response = requests.post(
            f"{system.stack.url}/web/dataset/{path}",
            json={"jsonrpc": "2.0", "params": content},
            timeout=TIMEOUT,
        )
        if response.json().get("error", {}).get("code") != 100:
            found.append(f"{path}: {response.text[:200]}")
    assert not found, "\n".join(["these doors are open:", *found])


def test_row_O11_rows_change_by_actions_only(system, unchanged):
    """Whoever may do nothing cannot write the rows that the actions write, be it past
    the actions; what is master data belongs to its role, not to a right."""
    person, found = system.person("denied_manager"), []
    for model, ids in system.world["records"].items():
        if model in MASTER_DATA:
            continue
        for method, arguments in (
            ("write", {"vals": {"create_date": "2026-01-01 00:00:00"}}),
            ("unlink", {}),
            ("copy", {}),
            ("create", {"vals_list": [{}]}),
        ):
            targets = None if method == "create" else ids
            answer = person.web_call(model, method, targets, **arguments)
            if not answer.is_refusal:
                found.append(f"{model}.{method}: {answer}")
    assert not found, "\n".join(["written by hand:", *found])


def test_row_O11_what_is_filled_by_itself(system, unchanged):
    """A form only hides that it could be written. Nothing else than the guard may
    stand in the way: what the superuser cannot write either shows nothing."""
    person, found = system.person("group_manager"), []
    assert system.world["unwritable"] == [], "name values that can be written"
    assert len(system.world["kept"]) > 20
    for model, record_id, field, value, row in system.world["kept"]:
        default = {f"default_{field}": value}
        for way, answer in (
            (
                "write",
                person.web_call(model, "write", [record_id], vals={field: value}),
            ),
            (
                "create",
                person.web_call(
                    model, "create", None, vals_list=[{**row, field: value}]
                ),
            ),
            (
                "default",
                person.web_call(model, "create", None, default, vals_list=[row]),
            ),
        ):
            if not (answer.is_refusal or answer.is_kept):
                found.append(f"{model}.{field} by {way}: {answer}")
    assert not found, "\n".join(["written by hand:", *found])


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
