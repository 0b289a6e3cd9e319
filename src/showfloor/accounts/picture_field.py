"""The form field of every picture that people bring: what is kept is made anew."""

from typing import Any, override

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _

from showfloor.kernel.pictures import NotAPicture, TooManyPixels, remake

BYTES_MAX = 10 * 1024 * 1024
EDGE_MAX_PX = 2400


class PictureFormField(forms.ImageField):
    """Takes JPEG, PNG, WebP and GIF. `as_format` is the format to convert to; an upload
    keeps its own format by default."""

    def __init__(
        self, *, edge_max_px: int = EDGE_MAX_PX, as_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._edge_max_px = edge_max_px
        self._as_format = as_format

    @override
    def to_python(self, data: Any) -> Any:
        # Not `ImageField.to_python`, which opens whatever it is given before its size is known.
        given = forms.FileField.to_python(self, data)
        if not isinstance(given, UploadedFile):
            return None
        if (given.size or 0) > BYTES_MAX:
            raise ValidationError(_("The picture is larger than 10 MB."))
        given.seek(0)
        try:
            body, suffix = remake(
                given.read(), edge_max_px=self._edge_max_px, as_format=self._as_format
            )
        except TooManyPixels:
            raise ValidationError(
                _("The picture has too many pixels; make it smaller first.")
            ) from None
        except NotAPicture:
            raise ValidationError(_("Use a JPEG, PNG or WebP picture.")) from None
        name = f"{(given.name or 'picture').rpartition('.')[0][:80] or 'picture'}.{suffix}"
        return SimpleUploadedFile(name, body, f"image/{'jpeg' if suffix == 'jpg' else suffix}")
