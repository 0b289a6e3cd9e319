"""The calendar file of a booking, and the confirmation of a sign-up."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from icalendar import Calendar, Event

from showfloor.accounts import permissions
from showfloor.activations import answering, links
from showfloor.activations.models import ActivationAnswer
from showfloor.kernel.clock import parse_iso, utc_now
from showfloor.site.personal_pages import personal_page


@never_cache
@require_safe
@permissions.signed("the booking's link")
def calendar(_request: HttpRequest, signed: str) -> HttpResponse:
    """Serve one appointment as an iCalendar file (RFC 5545)."""
    answer = HttpResponse(_file(links.read_calendar(signed)), content_type="text/calendar")
    answer["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _file(answer: ActivationAnswer) -> bytes:
    point = answer.activation
    begins = parse_iso(answer.pool)
    event = Event()
    event.add("uid", f"{answer.pk}@showfloor")
    event.add("dtstamp", answer.given_at)
    event.add("dtstart", begins)  # UTC: each calendar shows it in its own zone
    event.add("dtend", begins + timedelta(minutes=point.payload["minutes"]))
    event.add("summary", f"{point.title} · {point.show.brand.name}")
    if point.payload["place"]:
        event.add("location", point.payload["place"])
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//Showfloor//Booking//EN")
    file.add("method", "PUBLISH")
    file.add_component(event)
    return bytes(file.to_ical(sorted=False))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the sign-up's link")
def confirm(request: HttpRequest, signed: str) -> HttpResponse:
    """Confirm an address by a press: programs that look at a mail's links confirm nothing."""
    answer = links.read_confirm(signed)
    if request.method == "POST":
        answering.confirm(answer, utc_now())
        return redirect(request.path)
    context = {"answer": answer, "point": answer.activation}
    return personal_page(request, answer.activation.show.brand, "shows/sign_up.html", context)
