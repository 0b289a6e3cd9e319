"""The demo's outbox: who sees it, and that a mail can do nothing there."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.core.mail import EmailMultiAlternatives
from django.test import Client, override_settings

from tests.support.front_end import pretend_built


@pytest.fixture(autouse=True)
def _front_end(tmp_path: Path, settings: LazySettings) -> None:
    pretend_built(tmp_path, settings)


def demo(folder: Path) -> override_settings:
    return override_settings(SHOWFLOOR=replace(settings.SHOWFLOOR, demo=True, data_dir=folder))


def write_mail(folder: Path, subject: str) -> None:
    """One file with two mails, as Django's file backend writes them."""
    mails = folder / "mail"
    mails.mkdir()
    text = ""
    for number in (1, 2):
        mail = EmailMultiAlternatives(
            f"{subject} {number}", "Thank you\n", "Shop <s@example.test>", ["ana@example.test"]
        )
        mail.extra_headers["Date"] = f"Sun, {number:02} Mar 2026 18:00:00 +0000"
        mail.attach_alternative(f"<p>Thank you {number}</p><script>x</script>", "text/html")
        text += mail.message().as_string() + "\n" + "-" * 79 + "\n"
    (mails / "20260301-1.log").write_text(text, "utf-8")


def test_only_in_the_demo_and_only_for_staff(staff: Client, tmp_path: Path) -> None:
    assert staff.get("/outbox/").status_code == 404
    with demo(tmp_path):
        assert b"No mail yet" in staff.get("/outbox/").content
        assert Client().get("/outbox/").status_code == 302


def test_newest_mail_is_first_whichever_file_has_it(staff: Client, tmp_path: Path) -> None:
    write_mail(tmp_path, "Order")
    late = (tmp_path / "mail" / "20260301-1.log").read_bytes()
    early = late.replace(b" Mar 2026", b" Feb 2026").replace(b"Order", b"Before")
    (tmp_path / "mail" / "20260301-2.log").write_bytes(early)
    with demo(tmp_path):
        listed = staff.get("/outbox/").content.decode()
    places = [listed.index(subject) for subject in ("Order 2", "Order 1", "Before 2", "Before 1")]
    assert places == sorted(places)


def test_a_mail_is_shown_and_can_do_nothing(staff: Client, tmp_path: Path) -> None:
    write_mail(tmp_path, "Order")
    with demo(tmp_path):
        listed = staff.get("/outbox/").content.decode()
        assert listed.index("Order 2") < listed.index("Order 1")
        shown = staff.get("/outbox/20260301-1-1/").content.decode()
        assert "Shop &lt;s@example.test&gt;" in shown
        assert '<iframe class="sf-mail" sandbox ' in shown
        framed = staff.get("/outbox/20260301-1-1/html")
        assert b"Thank you 2" in framed.content
        policy = framed["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script-src" not in policy
        assert framed["X-Frame-Options"] == "SAMEORIGIN"
        assert staff.get("/outbox/20260301-1-9/").status_code == 404
