"""A product file in the back office: read, looked at, and imported as a job."""

import errno
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.importing import jobs
from showfloor.catalogue.importing.run import import_file
from showfloor.catalogue.models import ImportJob, Product
from showfloor.kernel.clock import utc_now
from showfloor.site.catalogue_import import run_next_job
from tests.catalogue.support import SHOPIFY, prices, stock
from tests.support.forms import fields

IMPORT = "/admin/catalogue/product/import/"
TWO_READINGS = "Handle,Title,Variant SKU,Variant Price\na,A,SKU,1.500\nb,B,OTHER,5\n"


@pytest.fixture
def office(client: Client, producer: User, settings: Any, tmp_path: Path) -> Client:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, data_dir=tmp_path)
    client.force_login(producer)
    return client


def bring(office: Client, text: str, **more: Any) -> str:
    file = SimpleUploadedFile("p.csv", text.encode())
    answer = office.post(IMPORT, fields(office.get(IMPORT)) | {"file": file, **more})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer["Location"])


def state(brand: Brand) -> str:
    return ImportJob.objects.for_brand(brand).get().state


def files() -> list[str]:
    folder = settings.SHOWFLOOR.data_dir / "imports"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_file_is_read_shown_and_imported(brand: Brand, office: Client) -> None:
    page = bring(office, SHOPIFY)
    waiting = office.get(page)
    assert (state(brand), waiting["Refresh"]) == ("waiting", "2")

    assert run_next_job()
    read = office.get(page)
    assert state(brand) == "read"
    assert "Refresh" not in read
    assert not Product.objects.for_brand(brand).exists()
    text = read.content.decode()
    assert "24.90 EUR" in text
    assert "Variant Inventory Qty -2 is taken as 0." in text
    assert read.context["report"].products.created == 2
    assert not run_next_job()  # nobody has agreed yet

    assert office.post(page, {"action": "import"}).status_code == 302
    assert run_next_job()
    assert state(brand) == "done"
    assert stock(brand) == {"VL-ROSE": 12, "VL-BRICK": 0}
    assert files() == []
    assert "p.csv" in office.get(IMPORT).content.decode()


def test_numbers_are_read_as_the_person_says(brand: Brand, office: Client) -> None:
    page = bring(office, TWO_READINGS)
    run_next_job()
    assert "can be read in two ways: 1500 or 1.5." in office.get(page).content.decode()
    office.post(page, {"action": "discard"})

    page = bring(office, TWO_READINGS, decimal="comma")
    run_next_job()
    assert "1500.00 EUR" in office.get(page).content.decode()
    office.post(page, {"action": "import"})
    run_next_job()
    assert prices(brand)["SKU"] == (150000, "EUR", None)


def test_discarded_file_is_gone_and_never_imported(brand: Brand, office: Client) -> None:
    page = bring(office, SHOPIFY)
    run_next_job()
    office.post(page, {"action": "discard"})
    assert (state(brand), files()) == ("discarded", [])
    office.post(page, {"action": "import"})
    assert not run_next_job()
    assert not Product.objects.for_brand(brand).exists()


def test_import_that_is_discarded_while_it_runs_stops(
    brand: Brand, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_TOUCH_EVERY_S", 0)
    rows = "".join(f"p{n},P{n},S{n},5\n" for n in range(250))
    bring(office, "Handle,Title,Variant SKU,Variant Price\n" + rows)
    run_next_job()
    job = ImportJob.objects.for_brand(brand).get()
    jobs.confirm(job)
    monkeypatch.setattr(jobs, "import_file", discarding(job, import_file))
    assert run_next_job()
    assert state(brand) == "discarded"
    assert Product.objects.for_brand(brand).count() == 100


def discarding(job: ImportJob, take_over: Any) -> Any:
    """Have a person discard the job after the first transaction."""

    def run(*arguments: Any, progress: Any, **more: Any) -> Any:
        def tell(report: Any) -> None:
            progress(report)
            if report.done < report.total:
                jobs.discard(ImportJob.objects.for_brand(job.brand_id).get())

        return take_over(*arguments, progress=tell, **more)

    return run


@pytest.mark.parametrize(("was", "then"), [("reading", "read"), ("importing", "failed")])
def test_job_of_a_process_that_is_gone_goes_on_or_says_so(
    brand: Brand, office: Client, was: str, then: str
) -> None:
    page = bring(office, SHOPIFY)
    gone = utc_now() - jobs.STALE_AFTER - timedelta(seconds=1)
    ImportJob.objects.for_brand(brand).update(state=was, touched_at=utc_now(), attempts=1)
    assert not run_next_job()  # somebody may be at it
    ImportJob.objects.for_brand(brand).update(touched_at=gone)

    run_next_job()

    assert state(brand) == then
    if then == "failed":
        assert "The server was stopped in the middle." in office.get(page).content.decode()
        office.post(page, {"action": "import"})  # *Start again*
        assert run_next_job()
        assert state(brand) == "done"


def test_file_that_stops_every_process_is_given_up(brand: Brand, office: Client) -> None:
    bring(office, SHOPIFY)
    gone = utc_now() - jobs.STALE_AFTER - timedelta(seconds=1)
    ImportJob.objects.for_brand(brand).update(
        state="reading", touched_at=gone, attempts=jobs.ATTEMPTS_MAX
    )
    assert not run_next_job()
    assert state(brand) == "failed"


def test_file_of_another_kind_fails_with_the_reason(brand: Brand, office: Client) -> None:
    page = bring(office, "a,b\n1,2\n")
    run_next_job()
    assert state(brand) == "failed"
    assert "it needs a column “Handle”" in office.get(page).content.decode()


def test_import_on_a_full_disk_says_so_and_begins_again(
    brand: Brand, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = bring(office, SHOPIFY)
    run_next_job()
    jobs.confirm(ImportJob.objects.for_brand(brand).get())

    def full(*_arguments: Any, **_more: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "import_file", full)
        assert run_next_job()
    assert (state(brand), len(files())) == ("failed", 1)
    assert "The disk of this server is full" in office.get(page).content.decode()
    office.post(page, {"action": "import"})
    assert run_next_job()
    assert state(brand) == "done"


def test_waiting_files_are_bounded(brand: Brand, office: Client) -> None:
    for _number in range(jobs.OPEN_MAX):
        bring(office, SHOPIFY)
    file = SimpleUploadedFile("p.csv", b"a,b")
    answer = office.post(IMPORT, fields(office.get(IMPORT)) | {"file": file})
    assert list(answer.context["form"].errors) == ["file"]
    assert len(files()) == jobs.OPEN_MAX


def test_job_of_another_brand_does_not_exist(brand: Brand, office: Client, stranger: User) -> None:
    page = bring(office, SHOPIFY)
    run_next_job()
    office.force_login(stranger)
    assert office.get(page).status_code == 404
    assert office.post(page, {"action": "import"}).status_code == 404
    assert state(brand) == "read"
