"""OBS's request for its configuration: `POST /ingest/obs/config`."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from showfloor.accounts import permissions
from showfloor.kernel.errors import Invalid, ShowfloorError, TooLarge
from showfloor.kernel.json_text import read_strictly
from showfloor.media import services as media
from showfloor.media import source_role
from showfloor.media.obs import answer
from showfloor.media.obs.request import ClientRequest
from showfloor.shows import queries
from showfloor.shows.models import ShowState
from showfloor.site.problems import problem_response

BODY_BYTES_MAX: Final = 64 << 10  # OBS sends less than 4 kB


@csrf_exempt  # OBS has no session; the stream key in the body opens this
@require_POST
@permissions.signed("the show's stream key")
def configure(request: HttpRequest) -> JsonResponse:
    """Tell OBS which pictures to make and where to send them, or why it cannot."""
    try:
        asked = ClientRequest.parse(_json_object(request))
    except ShowfloorError as error:
        return problem_response(error)
    try:
        _require_open(asked.key)
        given = answer.configuration(
            asked, settings.SHOWFLOOR.ladder, settings.SHOWFLOOR.max_fps,
            settings.SHOWFLOOR.ingest_url,
        )  # fmt: skip
    except answer.NotOffered as refused:
        given = answer.refusal(asked, str(refused))
    response = JsonResponse(given)
    response["Cache-Control"] = "no-store"
    return response


def _json_object(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > BODY_BYTES_MAX:
        raise TooLarge("The request of OBS is smaller than that.")
    try:
        body = read_strictly(request.body)
    except (ValueError, RecursionError):
        raise Invalid("The body is no JSON.") from None
    if not isinstance(body, dict):
        raise Invalid("The body is no JSON object.")
    return body


def _require_open(pasted: str) -> None:
    """Raise NotOffered unless this opens a show that has not ended."""
    key, _role = source_role.of_key(pasted)
    channel = media.find_channel_by_key(key)
    if channel is None:
        raise answer.NotOffered(answer.UNKNOWN_KEY)
    show = queries.by_channel(channel.pk)
    if show is None or show.state == ShowState.ENDED:
        raise answer.NotOffered(answer.ENDED)
