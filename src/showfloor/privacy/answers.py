"""The answer that carries a copy of somebody's data."""

from django.http import HttpResponse

from showfloor.privacy.take_out import ZIP_TYPE


def zip_answer(content: bytes) -> HttpResponse:
    """Return the archive as a file that no cache keeps."""
    answer = HttpResponse(content, content_type=ZIP_TYPE)
    answer["Content-Disposition"] = 'attachment; filename="personal-data.zip"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
