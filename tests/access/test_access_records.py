"""Whatever way a record can be read, changed or printed: nothing of another company
comes through.

Asked by the manager of another company, who may do everything at home, with the ids of
what belongs to the first; whatever is answered, no name and no number of it may be in
there.
"""

import io
import json
import zipfile

import pytest

STRANGER = "foreign_manager"
# Number and name of the first company's taxpayer. The company's own name is no secret:
# Odoo shares the contacts of companies.
SECRETS = ("91110105MA0TE5T019", "企业 甲机密")
MARKS = [
    *SECRETS,
    # As JSON may spell them.
    *(json.dumps(secret).strip('"') for secret in SECRETS),
]
READING_DOORS = ("web_call", "rpc", "json2")
NUMBER = SECRETS[0]


def find_marks(content):
    """The secrets in a text or a file; workbooks are opened."""
    if isinstance(content, bytes):
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return [
                    mark
                    for name in archive.namelist()
                    for mark in find_marks(archive.read(name))
                ]
        content = content.decode("utf-8", "replace")
    return [mark for mark in MARKS if mark in content]


def is_nothing(result):
    """Whether a result tells of no record."""
    if isinstance(result, dict):
        return not result.get("records") and not result.get("length")
    if isinstance(result, list):
        return all(isinstance(row, dict) and not row.get("__count") for row in result)
    return not result


class Finder:
    """Collects what came through, to tell all of it at once."""

    def __init__(self):
        self.found, self.calls = [], 0

    def check(self, what, answer, is_empty_enough=False):
        self.calls += 1
        if marks := find_marks(answer.text):
            self.found.append(f"{what} shows {marks}: {answer.text[:200]}")
        elif answer.error is None and not (
            is_empty_enough and is_nothing(answer.result)
        ):
            self.found.append(f"{what} answers: {answer.text[:200]}")

    def check_page(self, what, response):
        self.calls += 1
        if marks := find_marks(response.content):
            self.found.append(f"{what} shows {marks}")

    def close(self):
        assert self.calls, "nothing was tried"
        assert not self.found, "\n".join(["came through:", *sorted(self.found)])


@pytest.fixture
def finder():
    found = Finder()
    yield found
    found.close()


@pytest.fixture
def stranger(system):
    return system.person(STRANGER)


@pytest.mark.parametrize("door", READING_DOORS)
def test_row_X3_records_are_found_by_nobody_else(system, stranger, finder, door):
    call = getattr(stranger, door)
    for model, ids in system.world["records"].items():
        domain = [["id", "in", ids]]
        for method, arguments in (
            ("search_read", {"domain": domain, "fields": ["display_name"]}),
            ("search_count", {"domain": domain}),
            ("name_search", {"name": "", "domain": domain}),
            (
                "formatted_read_group",
                {"domain": domain, "groupby": [], "aggregates": ["__count"]},
            ),
        ):
            answer = call(model, method, None, **arguments)
            finder.check(f"{model}.{method}", answer, is_empty_enough=True)


@pytest.mark.parametrize("door", READING_DOORS)
def test_row_X3_records_are_read_and_changed_by_nobody_else(
    system, stranger, finder, unchanged, door
):
    call = getattr(stranger, door)
    for model, ids in system.world["records"].items():
        for method, arguments in (
            ("read", {"fields": ["display_name"]}),
            ("export_data", {"fields_to_export": ["display_name"]}),
            ("web_read", {"specification": {"display_name": {}}}),
            ("copy", {}),
            ("write", {"vals": {"create_date": "2026-01-01 00:00:00"}}),
            ("unlink", {}),
        ):
            finder.check(f"{model}.{method}", call(model, method, ids, **arguments))


def test_row_X3_lists_of_the_web_client(system, stranger, finder):
    for model, ids in system.world["records"].items():
        domain = [["id", "in", ids]]
        answer = stranger.web_call(
            model, "web_search_read", None, domain=domain, specification={"id": {}}
        )
        finder.check(f"{model}.web_search_read", answer, is_empty_enough=True)
        answer = stranger.web_call(
            model,
            "web_read_group",
            None,
            domain=domain,
            groupby=["create_date:month"],
            aggregates=["__count"],
        )
        if answer.result and not answer.result.get("groups"):
            answer.result = False
        finder.check(f"{model}.web_read_group", answer, is_empty_enough=True)
        for kind in ("xlsx", "csv"):
            data = {
                "model": model,
                "ids": ids,
                "domain": [],
                "fields": [{"name": "display_name", "label": "x", "type": "char"}],
                "import_compat": False,
                "groupby": [],
            }
            page = stranger.web.post(
                f"{stranger.url}/web/export/{kind}", data={"data": json.dumps(data)}
            )
            finder.check_page(f"{model} as {kind}", page)


def test_row_X3_everything_a_stranger_may_list(system, stranger, finder):
    """Without naming anything: all that he finds is his own."""
    for model in [*system.world["records"], "mail.message", "ir.attachment"]:
        for method, arguments in (
            ("search_read", {"domain": [], "limit": 500}),
            ("name_search", {"name": NUMBER[:8]}),
        ):
            answer = stranger.web_call(model, method, None, **arguments)
            finder.calls += 1
            if marks := find_marks(answer.text):
                finder.found.append(f"{model}.{method} shows {marks}")


def test_row_X3_related_records(system, stranger, finder):
    """A record or a page that names what belongs to another company shows nothing of
    it: not while it is filled in, and not when it is kept."""
    for model, field, record_id, is_many in system.world["relations"]:
        value = [[6, 0, [record_id]]] if is_many else record_id
        fields = stranger.web_call(model, "fields_get", None, attributes=["type"])
        if fields.error is not None:
            continue
        shown = {
            name: {"fields": {"display_name": {}}} if "2" in known["type"] else {}
            for name, known in fields.result.items()
        }
        for method, ids, arguments in (
            (
                "onchange",
                [],
                {
                    "values": {field: value},
                    "field_names": [field],
                    "fields_spec": shown,
                },
            ),
            ("web_save", [], {"vals": {field: value}, "specification": shown}),
            ("default_get", None, {"fields": list(shown)}),
        ):
            context = {f"default_{field}": record_id} if method == "default_get" else {}
            answer = stranger.web_call(model, method, ids, context, **arguments)
            finder.calls += 1
            if marks := find_marks(answer.text):
                finder.found.append(
                    f"{model}.{field} in {method} shows {marks}: {answer!r}"
                )


@pytest.mark.parametrize("name", [STRANGER, "portal"])
def test_row_X3_methods_that_need_no_right(system, finder, unchanged, name):
    """They look whose records they are given all the same."""
    person, world = system.person(name), system.world
    known = {
        "company_id": world["companies"]["own"],
        "user_id": person.known["id"],
        "code": "fetch",
        "is_allowed": True,
        "is_hiding": False,
        "batch_number": world["batch"],
        "tax_number": NUMBER,
        "operation_type": "deduct",
        "period": "202610",
        "request_number": "free",
        "invoices": [{"number": "26442000000000000001"}],
    }
    for method, parameters in world["free"].items():
        model, _slash, method_name = method.partition("/")
        arguments = {key: known[key] for key in parameters if key in known}
        ids = None if arguments else world["records"].get(model)
        answer = person.web_call(model, method_name, ids, **arguments)
        # What the caller has said himself may come back.
        answer.text = answer.text.replace(NUMBER, "")
        finder.calls += 1
        if marks := find_marks(answer.text):
            finder.found.append(f"{method} shows {marks}: {answer.text[:300]}")


def test_row_X3_pages_of_somebody_else(system, finder):
    """A page that is open belongs to who has opened it, in the same company too."""
    assert system.world["unruled"] == [], "say whose rows of these are"
    pages = system.world["users"]["group_manager"]["targets"]
    colleague = system.person("manager_of_both")
    for model, ids in {
        method.partition("/")[0]: ids for method, ids in pages.items()
    }.items():
        if model not in system.world["pages"] or not ids:
            continue
        for method, arguments in (
            ("read", {"fields": ["display_name"]}),
            ("write", {"vals": {"create_date": "2026-01-01 00:00:00"}}),
            ("unlink", {}),
        ):
            answer = colleague.web_call(model, method, ids, **arguments)
            finder.check(f"{model}.{method}", answer)


def test_row_X3_chatter_and_files(system, stranger, finder):
    papers, records = system.world["papers"], system.world["records"]
    taxpayer = records["invoice.tax.taxpayer"][0]
    thread = {"thread_model": "invoice.tax.taxpayer", "thread_id": taxpayer}
    for path, parameters in (
        ("/mail/thread/messages", thread),
        (
            "/mail/data",
            {
                "fetch_params": [
                    ["mail.thread", {**thread, "request_list": ["messages"]}]
                ]
            },
        ),
    ):
        answer = stranger.ask(path, **parameters)
        finder.calls += 1
        if marks := find_marks(answer.text):
            finder.found.append(f"{path} shows {marks}")
    for model, record_id in (
        ("mail.message", papers["message"]),
        ("ir.attachment", papers["attachment"]),
    ):
        answer = stranger.web_call(model, "read", [record_id])
        finder.check(f"{model}.read", answer)
    for path in (
        f"/web/content/{papers['attachment']}",
        f"/web/content/ir.attachment/{papers['attachment']}/raw",
        f"/web/image/{papers['attachment']}",
        f"/mail/view?model=invoice.tax.taxpayer&res_id={taxpayer}",
        *(
            f"/web/content/{model}/{ids[0]}/display_name"
            for model, ids in records.items()
        ),
    ):
        finder.check_page(path, stranger.get(path))


def test_row_X3_prints_and_downloads(system, stranger, finder):
    records = system.world["records"]
    assert len(system.world["reports"]) >= 2
    for name, record_id in system.world["reports"]:
        for kind in ("html", "text"):
            path = f"/report/{kind}/{name}/{record_id}"
            finder.check_page(path, stranger.get(path))
    own = system.person("group_manager").get(system.world["papers"]["download"])
    assert own.status_code == 200 and find_marks(own.content), "it shows nothing at all"
    theirs = stranger.get(system.world["papers"]["download"])
    assert theirs.status_code == 404
    finder.check_page("the download of somebody else", theirs)
    for model in records:
        # A download that he makes for himself, of what is not his.
        answer = stranger.web_call(
            "invoice.tax.export",
            "create",
            None,
            vals_list=[{"res_model": model, "res_ids": records[model]}],
        )
        finder.calls += 1
        if answer.error is None:
            path = f"/invoice_tax_service/export/{answer.result[0]}.xlsx"
            finder.check_page(f"{path} of {model}", stranger.get(path))


@pytest.mark.parametrize("door", READING_DOORS)
def test_row_X3_interface_for_programs(system, stranger, finder, unchanged, door):
    call, model = getattr(stranger, door), "invoice.tax.operation"
    batch = {
        "tax_number": NUMBER,
        "operation_type": "deduct",
        "period": "202610",
        "request_number": f"access-{door}",
        "invoices": [{"number": "26442000000000000001"}],
    }
    again = {"batch_number": system.world["batch"], "request_number": f"again-{door}"}
    for method, arguments in (
        ("submit_batch", batch),
        ("get_batch", {"batch_number": system.world["batch"]}),
        ("retry_batch", again),
        ("list_batches", {"tax_number": NUMBER}),
    ):
        answer = call(model, method, None, **arguments)
        # What the caller has said himself may come back.
        answer.text = answer.text.replace(NUMBER, "")
        finder.check(method, answer)
        assert answer.is_refusal, answer
    answer = call(model, "list_batches", None)
    assert answer.error is None, answer
    assert system.world["batch"] not in answer.text
